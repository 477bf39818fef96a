import type { ArchiveEntry } from "./archive-entries.ts";
import { GitError } from "./git-error.ts";
import { MODULES_FILE } from "./inspect/inspect-commits.ts";
import type { CommitFacts, InspectLimits } from "./inspect/inspect-commits.ts";
import type { LfsObject, LfsStore } from "./lfs/index.ts";

/** What an archive holds besides what git has of its commit. */
export interface ContentPlan {
  /** Path → the object that stands there instead of its pointer. */
  readonly lfs: ReadonlyMap<string, LfsObject>;
  /** Path → the commit whose files are in that directory, with what is in them in turn. */
  readonly submodules: ReadonlyMap<string, { readonly commit: string; readonly plan: ContentPlan }>;
}

interface Mirror {
  inspect(commits: readonly string[], limits: InspectLimits): Promise<Map<string, CommitFacts>>;
  listMissing(commits: readonly string[]): Promise<string[]>;
}

/** Submodules in submodules; deeper ones are an accident, or go round in a circle. */
export const SUBMODULE_DEPTH_MAX = 5;

/** Nothing is counted here: that was done before the version was published. */
const NO_LIMITS: InspectLimits = { filesMax: Infinity, sizeBytesMax: Infinity };

/** By the commit's own attributes, so that the same commit has the same contents for ever. */
export async function planContents(
  mirror: Mirror,
  commit: string,
  { withSubmodules }: { withSubmodules: boolean },
): Promise<ContentPlan> {
  return await planFor(mirror, commit, withSubmodules ? SUBMODULE_DEPTH_MAX : 0);
}

async function planFor(mirror: Mirror, commit: string, depthMax: number): Promise<ContentPlan> {
  const facts = (await mirror.inspect([commit], NO_LIMITS)).get(commit);
  const lfs = new Map<string, LfsObject>();
  for (const { path, pointer } of facts?.lfs ?? []) {
    if (pointer.kind === "object") lfs.set(path, pointer);
  }
  const submodules = new Map<string, { commit: string; plan: ContentPlan }>();
  for (const submodule of depthMax > 0 ? (facts?.submodules ?? []) : []) {
    // No damage: it was never fetched, because the source's setting is newer than its last sync.
    if ((await mirror.listMissing([submodule.commit])).length > 0) {
      throw new GitError("other", `the submodule ${submodule.path} is not here: sync the source again`);
    }
    const plan = await planFor(mirror, submodule.commit, depthMax - 1);
    submodules.set(submodule.path, { commit: submodule.commit, plan });
  }
  return { lfs, submodules };
}

interface Contents {
  readonly store: LfsStore;
  /** The entries of another commit of the same mirror. */
  readonly entriesOf: (commit: string) => AsyncIterable<ArchiveEntry>;
}

/** Puts Git LFS objects in the place of their pointers and submodules into their directories. */
export async function* withContents(
  entries: AsyncIterable<ArchiveEntry>,
  plan: ContentPlan,
  contents: Contents,
): AsyncGenerator<ArchiveEntry> {
  for await (const entry of entries) {
    const path = entry.path.toString("utf8");
    // Where submodules are is nothing that buyers are told.
    if (path === MODULES_FILE) continue;
    const object = plan.lfs.get(path);
    if (entry.kind === "file" && object !== undefined) {
      yield { ...entry, sizeBytes: object.sizeBytes, content: await openObject(contents.store, object, path) };
      continue;
    }
    yield entry;
    const submodule = entry.kind === "directory" ? plan.submodules.get(path) : undefined;
    if (submodule === undefined) continue;
    const below = withContents(contents.entriesOf(submodule.commit), submodule.plan, contents);
    for await (const inner of below) {
      yield { ...inner, path: Buffer.concat([entry.path, Buffer.from("/"), inner.path]) };
    }
  }
}

async function openObject(store: LfsStore, object: LfsObject, path: string): Promise<AsyncIterable<Buffer>> {
  if (await store.has(object)) return store.read(object);
  throw new GitError("other", `the Git LFS object ${object.oid} of ${path} is not here: sync the source again`);
}
