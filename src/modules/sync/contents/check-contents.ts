import { GitError } from "../../../platform/git/index.ts";
import type { GitMirror, GitRemote } from "../../../platform/git/index.ts";
import { openLfsStore } from "../../../platform/git/lfs/index.ts";
import { resolveAllowed } from "../../../platform/outbound-http/index.ts";
import { ARCHIVE_LIMITS, lfsDirectory, listStoredReferences } from "../../packages/index.ts";
import type { SourceRow } from "../../sources/index.ts";
import type { RefEntry } from "../publication.ts";
import { isTag } from "../ref-reading.ts";
import type { Survey } from "../survey.ts";
import type { SyncDeps } from "../sync-deps.ts";
import { fetchLfs } from "./fetch-lfs.ts";
import { gatherContents } from "./gather-contents.ts";
import type { Obstacle, VersionContents } from "./version-contents.ts";

interface Check {
  readonly source: SourceRow;
  readonly remote: GitRemote;
  readonly mirror: GitMirror;
  readonly signal: AbortSignal;
  readonly survey: Survey;
}

export interface CheckedSurvey {
  readonly survey: Survey;
  /** Commits of submodules that published archives will need. */
  readonly submoduleCommits: readonly string[];
  /** Of the version that speaks for the source; undefined where none was looked at. */
  readonly submodulePaths: readonly string[] | undefined;
}

/**
 * Looks into what was read and skips what cannot be packed: a version that is published can be built from then on,
 * without anybody else. What is outside of git (Git LFS objects, submodules) is fetched here. A version whose archive is
 * stored already is left as it is.
 */
export async function checkContents(deps: SyncDeps, check: Check): Promise<CheckedSurvey> {
  const { survey, source, remote, mirror, signal } = check;
  const read = survey.entries.filter((entry) => entry.kind === "read");
  const commits = [...new Set(read.map(({ ref }) => ref.targetId))];
  const stored = await listStoredReferences(deps.database.db, commits);
  const metapackages = new Set(read.flatMap((entry) => (isMetapackage(entry) ? [entry.ref.targetId] : [])));
  const unknown = commits.filter((commit) => !stored.has(commit) && !metapackages.has(commit));
  const { sourceBudgets: budgets } = deps;
  const limits = {
    sizeBytesMax: budgets?.archiveSizeBytesMax ?? ARCHIVE_LIMITS.sizeBytesMax,
    filesMax: budgets?.archiveFilesMax ?? ARCHIVE_LIMITS.filesMax,
  };
  const withSubmodules = source.submodules === "include";
  const { sourcePolicy } = deps;
  const versions = await gatherContents({ mirror, remote, sourcePolicy, withSubmodules, limits }, unknown);
  const store = openLfsStore(lfsDirectory(deps.dataDir, source.id));
  await store.removeUnfinished();
  await fetchLfs(versions, store, {
    resolve: (host) => resolveAllowed(host, sourcePolicy),
    signal,
    storeBytesMax: budgets?.sourceBytesMax,
    ref: read.length === 1 ? read[0]?.ref.ref : undefined,
  });
  const obstacles = new Map<string, Obstacle>();
  for (const { commit, obstacle } of versions) if (obstacle !== undefined) obstacles.set(commit, obstacle);
  refuseToWithdraw(survey, obstacles);
  return {
    survey: withSkipped(survey, obstacles),
    submoduleCommits: versions.flatMap((one) => (one.obstacle === undefined ? one.submoduleCommits : [])),
    submodulePaths: speakersPaths(survey, versions),
  };
}

/** Composer installs nothing for it, so nobody ever asks for its archive. */
function isMetapackage(entry: Extract<RefEntry, { kind: "read" }>): boolean {
  return (JSON.parse(entry.version.metadata) as { type?: unknown }).type === "metapackage";
}

/** A host that is away for a moment is no reason to take away what is published. */
function refuseToWithdraw({ entries, live }: Survey, obstacles: ReadonlyMap<string, Obstacle>): void {
  const published = new Set(live.map(({ reference }) => reference));
  for (const { ref } of entries) {
    const obstacle = obstacles.get(ref.targetId);
    if (obstacle?.isPassing === true && published.has(ref.targetId)) {
      throw new GitError("unreachable", obstacle.reason);
    }
  }
}

/** The same survey, in which refs of these commits are skipped. */
export function withSkipped(survey: Survey, obstacles: ReadonlyMap<string, Pick<Obstacle, "reason">>): Survey {
  if (obstacles.size === 0) return survey;
  const entries = survey.entries.map((entry): RefEntry => {
    const obstacle = entry.kind === "read" ? obstacles.get(entry.ref.targetId) : undefined;
    if (entry.kind !== "read" || obstacle === undefined || isMetapackage(entry)) return entry;
    const { ref, before, version } = entry;
    const skipped = { skipped: obstacle.reason, label: `${version.packageName} ${version.id.version}` };
    return { ref, before, kind: "skipped", skipped, isKnown: false };
  });
  return { ...survey, entries };
}

/** Of the default branch, where it was looked at, else of the newest tag that was. */
function speakersPaths({ entries, defaultRef }: Survey, versions: readonly VersionContents[]): string[] | undefined {
  const byCommit = new Map(versions.map((version) => [version.commit, version]));
  const read = entries.flatMap((entry) => (entry.kind === "read" && byCommit.has(entry.ref.targetId) ? [entry] : []));
  const newest = read
    .filter(({ ref }) => isTag(ref.ref))
    .sort((a, b) => b.version.commitDate - a.version.commitDate)[0];
  const speaker = read.find(({ ref }) => ref.ref === defaultRef) ?? newest;
  return speaker === undefined ? undefined : byCommit.get(speaker.ref.targetId)?.submodulePaths;
}
