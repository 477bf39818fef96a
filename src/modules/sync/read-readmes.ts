import { messageOf } from "../../platform/errors.ts";
import { GitError, readTree } from "../../platform/git/index.ts";
import type { GitMirror, ReadObject } from "../../platform/git/index.ts";
import { listReadmeReferences } from "../packages/index.ts";
import type { Readme } from "../packages/index.ts";
import { namesIn, settleContests, speakersAmong } from "./publication.ts";
import type { Contest, VersionEntry } from "./publication.ts";
import { chooseSpeaker, foreseeOwnership } from "./publish-packages.ts";
import type { Survey } from "./survey.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** The first of these that is a file speaks for the package. */
const NAMES = [
  ...["README.md", "readme.md", "Readme.md", "README.markdown", "README.rst", "readme.rst"],
  ...["README.txt", "readme.txt", "README", "readme"],
];
const SIZE_BYTES_MAX = 256 * 1024;

/** By commit; `filename` is "" where a commit has none. */
export type Readmes = ReadonlyMap<string, Readme>;

/**
 * Reads the readmes of versions that speak for their packages now and did not before, so that a sync at which no such
 * version changed starts no git. A readme is no reason to fail: without it the versions are published all the same.
 */
export async function readReadmes(
  deps: SyncDeps,
  mirror: Pick<GitMirror, "readObjects">,
  sourceId: string,
  survey: Survey,
): Promise<Readmes> {
  const commits = await listWanted(deps, sourceId, survey);
  if (commits.length === 0) return new Map();
  try {
    return await readFrom(mirror, commits);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind === "damaged" || error.kind === "aborted") throw error;
    deps.log.warn({ source: sourceId, error: messageOf(error) }, "readmes not read");
    return new Map();
  }
}

/** The commits of the versions that speak for their packages and whose readmes are not the stored ones. */
async function listWanted(deps: SyncDeps, sourceId: string, survey: Survey): Promise<string[]> {
  const { db } = deps.database;
  if (survey.isUnchanged) {
    const packages = [...new Set(survey.live.map((version) => version.package))];
    const stored = await listReadmeReferences(db, packages);
    if (packages.every((id) => stored.has(id))) return [];
  }
  const ownership = await foreseeOwnership(db, namesIn(survey.entries), sourceId);
  const speakers = listSpeakers(settleContests(survey.entries, ownership), survey.defaultRef);
  const stored = await listReadmeReferences(db, [...speakers.keys()]);
  const wanted = [...speakers].filter(([id, { ref }]) => stored.get(id) !== ref.targetId);
  return [...new Set(wanted.map(([, { ref }]) => ref.targetId))];
}

/** The version that speaks for each package. */
export function listSpeakers(
  contest: Pick<Contest, "winners" | "silentRoot">,
  defaultRef: string | undefined,
): Map<string, VersionEntry> {
  const speakers = new Map<string, VersionEntry>();
  for (const [id, entries] of Map.groupBy(speakersAmong(contest), (entry) => entry.packageId)) {
    const speaker = chooseSpeaker(entries, defaultRef);
    if (speaker !== undefined) speakers.set(id, speaker);
  }
  return speakers;
}

async function readFrom(mirror: Pick<GitMirror, "readObjects">, commits: readonly string[]): Promise<Readmes> {
  // The tree says which of them are files: asked for by its name, a symlink gives the path it leads to.
  const objectsOf = (commit: string) => [`${commit}^{tree}`, ...NAMES.map((name) => `${commit}:${name}`)];
  const objects = mirror.readObjects(commits.flatMap(objectsOf), SIZE_BYTES_MAX, SIZE_BYTES_MAX);
  const next = async (): Promise<ReadObject> => {
    const result = await objects.next();
    return result.done === true ? { kind: "missing" } : result.value;
  };
  const readmes = new Map<string, Readme>();
  for (const commit of commits) {
    const tree = await next();
    const entries = tree.kind === "missing" ? [] : readTree(tree.kind === "found" ? tree.content : tree.head);
    const files = new Set(entries.filter(({ kind }) => kind === "file").map(({ name }) => name));
    let readme: Readme | undefined;
    for (const filename of NAMES) {
      const object = await next();
      if (!files.has(filename) || object.kind === "missing" || object.type !== "blob") continue;
      readme ??= { filename, content: textOf(object) };
    }
    readmes.set(commit, readme ?? { filename: "", content: "" });
  }
  // Lets the process end, and fails if it did not end well.
  await objects.next();
  return readmes;
}

const UTF8 = new TextDecoder("utf-8");

/** Whatever the bytes are: text that both databases store. */
function textOf(object: Exclude<ReadObject, { kind: "missing" }>): string {
  const text = (bytes: Buffer) => UTF8.decode(bytes).replaceAll("\0", "\uFFFD");
  if (object.kind === "found") return text(object.content);
  // Perhaps in the middle of a character.
  const kept = text(object.head).replace(/\uFFFD+$/, "");
  return `${kept}\n\n[The rest is left out: the file has ${object.sizeBytes} bytes.]\n`;
}
