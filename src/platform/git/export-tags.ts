import type { ExportTag } from "./export-repository.ts";
import { GitError } from "./git-error.ts";
import type { Git } from "./git.ts";
import { readObjects } from "./object-reader.ts";

/** Of the tags behind a commit, the newest: what `describe` can name. They are stored with each archive. */
const TAGS_BEHIND_MAX = 100;

/** Attributes do not get longer than this. */
const ATTRIBUTES_BYTES_MAX = 1_000_000;

const UPSTREAM_TAGS = "refs/remotes/upstream/tags/";

interface Place {
  readonly git: Git;
  readonly local: { readonly gitDir: string; readonly signal: AbortSignal | undefined; readonly timeoutMs: number };
}

/**
 * The tags that `export-subst` may put into files of a commit, as they are now: those that name the commit itself, and
 * the newest ones behind it, for `%(describe)`. Undefined where no file of the commit asks for `export-subst`.
 * `published` are tags that the commit was published from, which may have been moved or deleted since.
 */
export async function listExportTags(
  place: Place,
  commit: string,
  published: readonly string[],
): Promise<ExportTag[] | undefined> {
  if (!(await usesExportSubst(place, commit))) return undefined;
  const tags = new Map<string, string>();
  for (const tag of await listTags(place, [`--merged=${commit}`, `--count=${TAGS_BEHIND_MAX}`])) {
    tags.set(tag.name, tag.objectId);
  }
  const own = await listTags(place, [`--points-at=${commit}`]);
  for (const tag of own) tags.set(tag.name, tag.objectId);
  for (const name of published) {
    // Where it names something else now, its object is not known any more.
    if (!own.some((tag) => tag.name === name)) tags.set(name, commit);
  }
  return [...tags].map(([name, objectId]) => ({ name, objectId })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function listTags({ git, local }: Place, which: readonly string[]): Promise<ExportTag[]> {
  const format = "--format=%(objectname) %(refname)";
  const output = await git.run(["for-each-ref", "--sort=-creatordate", format, ...which, UPSTREAM_TAGS], local);
  const lines = output.toString("utf8").split("\n");
  return lines.flatMap((line) => {
    const [objectId, ref] = [line.slice(0, 40), line.slice(41)];
    return ref.startsWith(UPSTREAM_TAGS) ? [{ name: ref.slice(UPSTREAM_TAGS.length), objectId }] : [];
  });
}

/** Macros of attributes hold the word too. */
async function usesExportSubst(place: Place, commit: string): Promise<boolean> {
  const files = await listAttributeFiles(place, commit);
  const limits = { ...place.local, sizeBytesMax: ATTRIBUTES_BYTES_MAX };
  for await (const object of readObjects(place.git, files, limits)) {
    if (object.kind === "missing") throw new GitError("damaged", "the local mirror lacks an object of a commit");
    if (object.kind === "too_large" || object.content.includes("export-subst")) return true;
  }
  return false;
}

async function listAttributeFiles({ git, local }: Place, commit: string): Promise<string[]> {
  // Odd names are quoted, so that each entry is one line.
  const output = await git.run(["ls-tree", "-r", "--full-tree", commit], local);
  return [...output.toString("latin1").matchAll(/^100\d+ blob ([0-9a-f]{40})\t(?:.*\/)?\.gitattributes"?$/gm)].map(
    ([, id = ""]) => id,
  );
}
