import { resolve } from "node:path";
import { readArchiveEntries } from "./archive-entries.ts";
import type { ArchiveEntry } from "./archive-entries.ts";
import { makeExportRepository } from "./export-repository.ts";
import type { ExportTag } from "./export-repository.ts";
import { listExportTags } from "./export-tags.ts";
import { GitError } from "./git-error.ts";
import type { Git, RunningGit } from "./git.ts";
import { listFiles } from "./list-files.ts";
import type { CommitFile } from "./list-files.ts";
import {
  countPacks,
  ensureRepository,
  guardPackSize,
  listMovedAside,
  markDamaged,
  moveAside,
  moveBack,
  removeStaleFiles,
  sizeOfPacks,
} from "./mirror-files.ts";
import { inMegabytes } from "./limits.ts";
import { inspectCommits } from "./inspect/inspect-commits.ts";
import type { CommitFacts, InspectLimits } from "./inspect/inspect-commits.ts";
import { readObjects } from "./object-reader.ts";
import type { ReadObject } from "./object-reader.ts";
import { listHeldRefs, writePackedRefs } from "./packed-refs.ts";
import type { HeldRefs } from "./packed-refs.ts";
import { REFS_MAX, listRemoteRefs } from "./remote-refs.ts";
import type { RemoteRef, RemoteRefs } from "./remote-refs.ts";
import type { GitRemote } from "./remote.ts";

/** Incremental fetches leave a pack each; beyond so many, looking an object up gets slow. */
const PACKS_MAX = 50;

/** Of all packs together; a server that sends without end would fill the disk that the database is on. */
const MIRROR_BYTES_MAX = 16 * 1024 ** 3;

/** Time limits of each kind of command, in milliseconds. */
export interface MirrorTimeouts {
  readonly listMs: number;
  readonly fetchMs: number;
  readonly localMs: number;
}

const DEFAULT_MIRROR_TIMEOUTS: MirrorTimeouts = { listMs: 60_000, fetchMs: 30 * 60_000, localMs: 10 * 60_000 };

export interface MirrorOptions {
  /** The bare repository, such as `DATA_DIR/mirrors/src_….git`. */
  readonly gitDir: string;
  readonly timeouts?: MirrorTimeouts;
  readonly signal?: AbortSignal | undefined;
  /** More packs than this are made one by `consolidate`. */
  readonly packsMax?: number;
  /** What its packs may take; a fetch that would bring more is ended. 16 GB unless told. */
  readonly mirrorBytesMax?: number | undefined;
  /** A remote with more branches and tags is not listed to its end; 50,000 unless told. */
  readonly refsMax?: number | undefined;
}

/**
 * A bare mirror of one remote repository. The remote's refs live in `refs/remotes/upstream/`, where they follow it;
 * every published commit is pinned by `refs/published/<commit>` and nothing is ever collected, so that what was once
 * sold can be built for ever. All but `archiveZip` is for the holder of the source's claim.
 */
export interface GitMirror {
  /** Makes the repository when there is none, and clears what a killed process left. True when it is new and empty. */
  prepare(): Promise<boolean>;
  listRemoteRefs(remote: GitRemote): Promise<RemoteRefs>;
  /** Gets the objects of `refs` and then makes the upstream name space equal to `all`. */
  fetch(remote: GitRemote, refs: readonly RemoteRef[], all: readonly RemoteRef[]): Promise<void>;
  /** One process for any number of objects; the results come in the order of the names. */
  readObjects(names: readonly string[], sizeBytesMax: number, headSizeBytes?: number): AsyncGenerator<ReadObject>;
  /** What the archives of commits would hold; many at once cost little more than one. */
  inspect(commits: readonly string[], limits: InspectLimits): Promise<Map<string, CommitFacts>>;
  /** A file in the format of git's configuration (`<commit>:.gitmodules`): its keys and their last values. */
  readConfig(name: string): Promise<Map<string, string>>;
  /** Makes sure that commits of whatever repository are here, histories included; says which cannot be had and why. */
  fetchCommits(remote: GitRemote, commits: readonly string[]): Promise<Map<string, GitError>>;
  /** Which of these commits are not here. */
  listMissing(commits: readonly string[]): Promise<string[]>;
  /** Every file of a commit. */
  listFiles(commit: string): Promise<CommitFile[]>;
  pin(commits: readonly string[]): Promise<void>;
  listHeldRefs(): Promise<HeldRefs>;
  /**
   * Makes sure that published commits are here and pinned, getting them from mirrors that were moved aside or from the
   * remote. Returns those that are lost.
   */
  restorePins(remote: GitRemote, commits: readonly string[]): Promise<string[]>;
  /** Puts a damaged mirror aside, never deleting it, and starts an empty one. The returned function takes that back. */
  replaceDamaged(): Promise<() => Promise<void>>;
  /** Has the next sync replace the mirror; for a reader that found it damaged. */
  markDamaged(): Promise<void>;
  /** Makes one pack of many, keeping everything, when there are too many. */
  consolidate(): Promise<void>;
  /** The tags an archive of this commit depends on; undefined for none, where nothing is substituted in its files. */
  listExportTags(commit: string, published: readonly string[]): Promise<ExportTag[] | undefined>;
  /**
   * What `git archive` makes of a commit, entry by entry, `export-ignore` of its own tree in force. With the same tags
   * it is the same whenever it is made.
   */
  archiveEntries(commit: string, tags: readonly ExportTag[]): AsyncGenerator<ArchiveEntry>;
  /** The zip that `git archive` itself writes, in which archives were stored at first; only to make these again. */
  archiveZip(commit: string): Promise<RunningGit>;
}

export function openMirror(git: Git, options: MirrorOptions): GitMirror {
  const { signal, timeouts = DEFAULT_MIRROR_TIMEOUTS } = options;
  // git runs inside the repository, where a relative path would mean something else.
  const gitDir = resolve(options.gitDir);
  const repository: Repository = {
    git,
    gitDir,
    signal,
    timeouts,
    mirrorBytesMax: options.mirrorBytesMax ?? MIRROR_BYTES_MAX,
    refsMax: options.refsMax ?? REFS_MAX,
    local: { gitDir, signal, timeoutMs: timeouts.localMs },
  };
  return {
    async prepare() {
      const isNew = await ensureRepository(git, gitDir);
      if (!isNew) await removeStaleFiles(gitDir);
      return isNew;
    },
    listRemoteRefs: (remote) =>
      listRemoteRefs(git, remote, { gitDir, signal, timeoutMs: timeouts.listMs, refsMax: repository.refsMax }),
    async fetch(remote, refs, all) {
      if (refs.length > 0) await fetchObjects(repository, remote, new Set(refs.map(({ objectId }) => objectId)));
      await writePackedRefs(gitDir, { upstream: all });
    },
    readObjects: (names, sizeBytesMax, headSizeBytes) =>
      readObjects(git, names, { ...repository.local, sizeBytesMax, headSizeBytes }),
    inspect: (commits, limits) => inspectCommits({ git, ...repository.local }, commits.map(assertId), limits),
    readConfig: (name) => readConfig(repository, name),
    fetchCommits: (remote, commits) => fetchCommits(repository, remote, commits),
    listMissing: (commits) => listMissing(repository, commits),
    listFiles: (commit) => listFiles(git, assertId(commit), repository.local),
    pin: (commits) => pinNew(gitDir, commits.map(assertId)),
    listHeldRefs: () => listHeldRefs(gitDir),
    restorePins: (remote, commits) => restorePins(repository, remote, commits),
    async replaceDamaged() {
      const place = await moveAside(gitDir);
      await ensureRepository(git, gitDir);
      return () => moveBack(gitDir, place);
    },
    markDamaged: () => markDamaged(gitDir),
    async consolidate() {
      if ((await countPacks(gitDir)) <= (options.packsMax ?? PACKS_MAX)) return;
      const limits = { ...repository.local, timeoutMs: timeouts.fetchMs };
      await git.run(["repack", "-a", "-d", "--keep-unreachable", "--quiet"], limits);
    },
    listExportTags: (commit, published) => listExportTags(repository, assertId(commit), published),
    archiveEntries: (commit, tags) => archiveEntries(repository, assertId(commit), tags),
    async archiveZip(commit) {
      const archive = await git.start(["archive", "--format=zip", assertId(commit)], repository.local);
      archive.stdin.end();
      return archive;
    },
  };
}

interface Repository {
  git: Git;
  gitDir: string;
  signal: AbortSignal | undefined;
  timeouts: MirrorTimeouts;
  mirrorBytesMax: number;
  refsMax: number;
  local: { gitDir: string; signal: AbortSignal | undefined; timeoutMs: number };
}

async function* archiveEntries(
  { git, gitDir, local }: Repository,
  commit: string,
  tags: readonly ExportTag[],
): AsyncGenerator<ArchiveEntry> {
  await using repository = await makeExportRepository(gitDir, commit, tags);
  const limits = { ...local, gitDir: repository.gitDir };
  // Dates like "2 years ago" count from the commit, or they would be other ones every day.
  const date = await git.run(["show", "--no-patch", "--format=%ct", commit], limits);
  const now = Number(date.toString("latin1"));
  yield* readArchiveEntries(await git.start(["archive", "--format=tar", commit], { ...limits, now }));
}

/** Objects only: the refs are written by us, all at once. */
async function fetchObjects(repository: Repository, remote: GitRemote, ids: Iterable<string>): Promise<void> {
  const { git, gitDir, timeouts, mirrorBytesMax } = repository;
  const fileBytesMax = mirrorBytesMax - (await sizeOfPacks(gitDir));
  if (fileBytesMax <= 0) throw tooLarge(remote, mirrorBytesMax);
  const guard = guardPackSize(gitDir, fileBytesMax);
  const signal = AbortSignal.any([guard.signal, ...(repository.signal === undefined ? [] : [repository.signal])]);
  const options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--refmap=", "--stdin"];
  const stdin = [...ids].map((id) => `${id}\n`).join("");
  const limits = { gitDir, signal, timeoutMs: timeouts.fetchMs, remote, patience: "fetch" as const, fileBytesMax };
  try {
    await git.run(["fetch", ...options, "--", remote.url], { ...limits, stdin });
  } catch (error) {
    const hasOutgrown = await guard.hasOutgrown();
    // A git that was killed leaves what it had got, and the next try would begin from nothing beside it.
    await removeStaleFiles(gitDir).catch(() => undefined);
    if (repository.signal?.aborted === true || !hasOutgrown) throw error;
    throw tooLarge(remote, mirrorBytesMax);
  } finally {
    guard.stop();
  }
}

function tooLarge(remote: GitRemote, mirrorBytesMax: number): GitError {
  const size = `${inMegabytes(mirrorBytesMax)}, packed`;
  const message = `${remote.url} has more than the ${size}, that a source may take (SOURCE_MAX_MB): is this the right URL?`;
  return new GitError("output_too_large", message);
}

async function restorePins(repository: Repository, remote: GitRemote, commits: readonly string[]): Promise<string[]> {
  let missing = await listMissing(repository, commits);
  if (missing.length > 0) {
    await salvage(repository, missing);
    missing = await listMissing(repository, missing);
  }
  for (const commit of missing) {
    // Most hosts give out any commit they still have. One at a time: one unknown name fails the whole request.
    await fetchObjects(repository, remote, [commit]).catch(ignoreGitError);
  }
  missing = await listMissing(repository, missing);
  await restoreOtherPins(repository, commits);
  const lost = new Set(missing);
  const found = commits.filter((commit) => !lost.has(commit));
  await pinNew(repository.gitDir, found);
  return missing;
}

/** What else a mirror that was moved aside had pinned: the commits of submodules, which no version names. */
async function restoreOtherPins(repository: Repository, commits: readonly string[]): Promise<void> {
  const { gitDir } = repository;
  const here = new Set([...(await listHeldRefs(gitDir)).pins, ...commits]);
  const other = new Set<string>();
  for (const aside of await listMovedAside(gitDir)) {
    for (const pin of (await listHeldRefs(aside)).pins) if (!here.has(pin)) other.add(pin);
  }
  if (other.size === 0) return;
  await salvage(repository, await listMissing(repository, [...other]));
  const lost = new Set(await listMissing(repository, [...other]));
  await pinNew(
    gitDir,
    [...other].filter((commit) => !lost.has(commit)),
  );
}

async function fetchCommits(
  repository: Repository,
  remote: GitRemote,
  commits: readonly string[],
): Promise<Map<string, GitError>> {
  const missing = await listMissing(repository, commits);
  if (missing.length === 0) return new Map();
  const failure = await failureOf(fetchObjects(repository, remote, missing));
  if (failure === undefined) return new Map();
  const failures = new Map<string, GitError>();
  for (const commit of missing) {
    // One commit that is not there fails the whole request; a host that is not there fails each of them.
    const own = failure.kind === "other" ? await failureOf(fetchObjects(repository, remote, [commit])) : failure;
    if (own !== undefined) failures.set(commit, own);
  }
  return failures;
}

async function failureOf(work: Promise<void>): Promise<GitError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof GitError && error.kind !== "aborted" && error.kind !== "disk_full") return error;
    throw error;
  }
}

async function listMissing({ git, local }: Repository, commits: readonly string[]): Promise<string[]> {
  if (commits.length === 0) return [];
  const names = commits.map((commit) => `${assertId(commit)}^{commit}\n`);
  const output = await git.run(["cat-file", "--batch-check"], { ...local, stdin: names.join("") });
  const lines = output.toString("utf8").split("\n");
  return commits.filter((_, index) => !/^[0-9a-f]{40} commit /.test(lines[index] ?? ""));
}

/** git itself takes it apart; what a vendor wrote is no option and includes nothing. */
async function readConfig({ git, local }: Repository, name: string): Promise<Map<string, string>> {
  const output = await git.run(["config", `--blob=${name}`, "--no-includes", "-z", "--list"], local);
  const values = new Map<string, string>();
  for (const item of output.toString("utf8").split("\0")) {
    const end = item.indexOf("\n");
    if (end !== -1) values.set(item.slice(0, end), item.slice(end + 1));
  }
  return values;
}

async function pinNew(gitDir: string, commits: readonly string[]): Promise<void> {
  const pinned = (await listHeldRefs(gitDir)).pins;
  const pins = commits.filter((commit) => !pinned.has(commit));
  if (pins.length > 0) await writePackedRefs(gitDir, { pins });
}

/** Copies objects out of mirrors that were moved aside. What one of them cannot give, another may. */
async function salvage({ git, gitDir, local }: Repository, commits: readonly string[]): Promise<void> {
  for (const damaged of await listMovedAside(gitDir)) {
    for (const commit of commits) {
      // pack-objects reads only what the commit needs, so damage elsewhere does not matter.
      const pack = await git
        .run(["pack-objects", "--revs", "--stdout", "--quiet"], { ...local, gitDir: damaged, stdin: `${commit}\n` })
        .catch(ignoreGitError);
      if (pack === undefined) continue;
      await git.run(["index-pack", "--stdin", "--fix-thin"], { ...local, stdin: pack }).catch(ignoreGitError);
    }
  }
}

/** For attempts whose outcome is checked afterwards. */
function ignoreGitError(error: unknown): undefined {
  if (error instanceof GitError && error.kind !== "aborted") return undefined;
  throw error;
}

function assertId(id: string): string {
  if (!/^[0-9a-f]{40}$/.test(id)) throw new GitError("other", "not the name of a commit");
  return id;
}
