import type { ArchiveEntry } from "./archive-entries.ts";
import { GitError } from "./git-error.ts";
import { inMegabytes } from "./limits.ts";
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

/** What an archive will hold, and how much of it there is, unpacked. */
export interface PlannedContents {
  readonly plan: ContentPlan;
  readonly files: number;
  readonly sizeBytes: number;
}

interface PlanOptions extends InspectLimits {
  readonly withSubmodules: boolean;
}

/**
 * By the commit's own attributes, so that the same commit has the same contents for ever. What is beyond the limits, or
 * what nobody should unpack, fails here, before git begins.
 */
export async function planContents(mirror: Mirror, commit: string, options: PlanOptions): Promise<PlannedContents> {
  const sum = { files: 0, sizeBytes: 0 };
  const plan = await planFor(mirror, commit, { ...options, sum, depthMax: SUBMODULE_DEPTH_MAX });
  return { plan, ...sum };
}

interface Planning extends PlanOptions {
  readonly sum: { files: number; sizeBytes: number };
  readonly depthMax: number;
}

async function planFor(mirror: Mirror, commit: string, options: Planning): Promise<ContentPlan> {
  const facts = (await mirror.inspect([commit], options)).get(commit);
  if (facts?.problem !== undefined) throw new GitError("other", facts.problem);
  const lfs = new Map<string, LfsObject>();
  for (const { path, pointer } of facts?.lfs ?? []) {
    if (pointer.kind === "object") lfs.set(path, pointer);
  }
  addUp(options, facts, lfs);
  const submodules = new Map<string, { commit: string; plan: ContentPlan }>();
  const { withSubmodules, depthMax } = options;
  for (const submodule of withSubmodules && depthMax > 0 ? (facts?.submodules ?? []) : []) {
    // No damage: it was never fetched, because the source's setting is newer than its last sync.
    if ((await mirror.listMissing([submodule.commit])).length > 0) {
      throw new GitError("not_here", `the submodule ${submodule.path} is not here: sync the source again`);
    }
    const plan = await planFor(mirror, submodule.commit, { ...options, depthMax: depthMax - 1 });
    submodules.set(submodule.path, { commit: submodule.commit, plan });
  }
  return { lfs, submodules };
}

/** Each part at a time: submodules in submodules can stand for more than anybody would look at. */
function addUp(
  { sum, filesMax, sizeBytesMax }: Planning,
  facts: CommitFacts | undefined,
  lfs: ContentPlan["lfs"],
): void {
  sum.files += facts?.files ?? 0;
  sum.sizeBytes += facts?.sizeBytes ?? 0;
  for (const object of lfs.values()) sum.sizeBytes += object.sizeBytes;
  assertWithin(sum, { filesMax, sizeBytesMax });
}

function assertWithin(
  { files, sizeBytes }: { files: number; sizeBytes: number },
  { filesMax, sizeBytesMax }: InspectLimits,
): void {
  if (files > filesMax) {
    const count = `${filesMax.toLocaleString("en")} files (ARCHIVE_MAX_FILES)`;
    throw new GitError("output_too_large", `its archive would have more than ${count}`);
  }
  if (sizeBytes > sizeBytesMax) {
    const size = `${inMegabytes(sizeBytesMax)}, unpacked (ARCHIVE_MAX_MB)`;
    throw new GitError("output_too_large", `its archive would have more than ${size}`);
  }
}

/** Ends what has more in it than was foreseen: `export-subst` can make much of little. */
export async function* withinLimits(
  entries: AsyncIterable<ArchiveEntry>,
  limits: InspectLimits,
): AsyncGenerator<ArchiveEntry> {
  const sum = { files: 0, sizeBytes: 0 };
  for await (const entry of entries) {
    if (entry.kind !== "directory") sum.files++;
    sum.sizeBytes += entry.sizeBytes;
    assertWithin(sum, limits);
    yield entry;
  }
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
  throw new GitError("not_here", `the Git LFS object ${object.oid} of ${path} is not here: sync the source again`);
}
