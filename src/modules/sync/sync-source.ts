import { DecryptionError } from "../../platform/crypto/cipher.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError, messageOf } from "../../platform/errors.ts";
import { GitError, damagedThere, openMirror } from "../../platform/git/index.ts";
import { AddressRefusedError, HostNotFoundError } from "../../platform/outbound-http/index.ts";
import { mirrorDirectory } from "../packages/index.ts";
import { hintsOf } from "../source-hints/index.ts";
import type { Hint } from "../source-hints/index.ts";
import { SourceUrlError, findSourceRow, openRemote } from "../sources/index.ts";
import { checkContents, withSkipped } from "./contents/check-contents.ts";
import { archiveNewTags, discardUntaken } from "./archive-new-tags.ts";
import type { NewArchives } from "./archive-new-tags.ts";
import { readHints } from "./hints/read-hints.ts";
import { recordProgress } from "./progress-recorder.ts";
import { readReadmes } from "./read-readmes.ts";
import type { Readmes } from "./read-readmes.ts";
import { withTarget } from "./redirect-target.ts";
import { claimSource } from "./sync-claim.ts";
import type { SyncClaim } from "./sync-claim.ts";
import type { SyncDeps, SyncProgress, SyncReport } from "./sync-deps.ts";
import { finishSyncRun, unlessAskedSince, updateClaimedSource } from "./sync-queries.ts";
import { nextSyncAt } from "./sync-deps.ts";
import { surveySource } from "./survey.ts";
import { tellState } from "./sync-notices.ts";
import type { Survey } from "./survey.ts";
import { writeSurvey } from "./write-survey.ts";

export interface SyncOptions {
  readonly onProgress?: (progress: SyncProgress) => void;
  readonly signal?: AbortSignal;
  /**
   * What the policy of this process forbids is thrown and not recorded: a command line that was started with other
   * settings than the server knows nothing about how the source is.
   */
  readonly refuseByPolicy?: boolean;
}

/**
 * Syncs one source now, unless somebody does already ("busy"). A failure is in the report and in the source's state; it
 * leaves everything published as it was.
 */
export async function syncSource(
  deps: SyncDeps,
  sourceId: string,
  options: SyncOptions = {},
): Promise<SyncReport | "busy"> {
  if (options.refuseByPolicy === true) await assertAllowed(deps, sourceId);
  const claim = await claimSource(deps, sourceId, options.signal);
  if (claim === undefined) throw new AppError("resource.not_found", `There is no source ${sourceId}.`);
  if (claim === "busy") return "busy";
  const recorder = recordProgress(deps, claim);
  const onProgress = (progress: SyncProgress) => {
    recorder.onProgress(progress);
    options.onProgress?.(progress);
  };
  try {
    return await syncClaimed(deps, claim, onProgress);
  } catch (error) {
    return await recordFailure(deps, claim, error);
  } finally {
    recorder.stop();
    claim.stop();
  }
}

/** Leaves everything else that is wrong with a source to the sync, which records it. */
async function assertAllowed(deps: SyncDeps, sourceId: string): Promise<void> {
  const row = await findSourceRow(deps.database.db, sourceId);
  try {
    if (row !== undefined) await openRemote(deps, row);
  } catch (error) {
    const isRefusal = error instanceof SourceUrlError || error instanceof AddressRefusedError;
    if (isRefusal) throw new AppError("request.invalid", error.message, { cause: error });
  }
}

/** What a sync will write. */
interface Found {
  readonly survey: Survey;
  readonly submodulePaths: readonly string[] | undefined;
  readonly archives: NewArchives;
  readonly readmes: Readmes;
  readonly hints: readonly Hint[] | undefined;
}

async function syncClaimed(
  deps: SyncDeps,
  claim: SyncClaim,
  onProgress: (progress: SyncProgress) => void,
): Promise<SyncReport> {
  const { source, signal } = claim;
  const gitDir = mirrorDirectory(deps.dataDir, source.id);
  const mirror = openMirror(deps.git, {
    gitDir,
    signal,
    ...(deps.gitTimeouts === undefined ? {} : { timeouts: deps.gitTimeouts }),
  });
  const remote = await openRemote(deps, source);
  await mirror.prepare();
  const attempt = async (): Promise<Found> => {
    const surveyed = await surveySource(deps, { source, remote, mirror, onProgress });
    const checked = await checkContents(deps, { source, remote, mirror, signal, survey: surveyed });
    // Pinned before published: what p2 ever shows can be built for ever.
    const { entries } = checked.survey;
    const published = entries.flatMap((entry) => (entry.kind === "read" ? [entry.ref.targetId] : []));
    const commits = [...published, ...checked.submoduleCommits];
    if (commits.length > 0) await mirror.pin(commits);
    // A first sync is an import: archives are built when somebody asks.
    const archives = await archiveNewTags(deps, source.id, source.synced_at === null ? [] : entries, signal);
    const survey = withSkipped(checked.survey, archives.unbuildable);
    const readmes = await readReadmes(deps, mirror, source.id, survey);
    const hints = await readHints(deps, mirror, source, survey);
    return { survey, readmes, hints, archives, submodulePaths: checked.submodulePaths };
  };
  const found = await attempt().catch(async (error: unknown) => {
    if (!(error instanceof GitError)) throw error;
    if (error.kind === "redirect") throw await withTarget(error, remote);
    if (error.kind !== "damaged") throw error;
    deps.log.warn({ source: source.id, detail: error.detail }, "the mirror is damaged and made again");
    const takeBack = await mirror.replaceDamaged();
    return await attempt().catch(async (second: unknown) => {
      await takeBack();
      throw second instanceof GitError && second.kind === "damaged" ? damagedThere(remote, second.detail) : second;
    });
  });
  const report = await publish(deps, claim, { ...found, onProgress });
  await mirror.consolidate().catch((error: unknown) => {
    deps.log.warn({ source: source.id, error: messageOf(error) }, "mirror not repacked");
  });
  return report;
}

async function publish(
  deps: SyncDeps,
  claim: SyncClaim,
  found: Found & { onProgress: (progress: SyncProgress) => void },
): Promise<SyncReport> {
  try {
    found.onProgress({ phase: "publishing" });
    const { survey, readmes, hints, submodulePaths } = found;
    return await writeSurvey(deps, claim, survey, { archives: found.archives.rows, readmes, hints, submodulePaths });
  } finally {
    await discardUntaken(deps, found.archives.built);
  }
}

async function recordFailure(deps: SyncDeps, claim: SyncClaim, error: unknown): Promise<SyncReport> {
  const { source } = claim;
  const now = nowSeconds(deps.clock);
  const isStopped = claim.signal.aborted;
  const detail = isStopped ? "interrupted" : explain(deps, source.id, error);
  const free = { claimed_by: null, claimed_until: null };
  // A server that stops has not learned anything about the source; it goes on where it was.
  const before = source.synced_at === null ? "pending" : "active";
  const state = isStopped
    ? { state: source.state === "syncing" ? before : source.state }
    : {
        state: "failing" as const,
        state_detail: detail,
        next_sync_at: unlessAskedSince(source.next_sync_at, nextSyncAt(deps, now)),
      };
  await deps.database.transaction(async (trx, changed) => {
    const isOwner = await updateClaimedSource(trx, source.id, claim.claimedBy, { ...free, ...state });
    if (isOwner && !isStopped) await tellState(deps, trx, source, detail);
    await finishSyncRun(trx, claim.runId, { finished_at: now, outcome: "failed", detail, phase: null });
    changed("sources");
  });
  return {
    sourceId: source.id,
    outcome: "failed",
    detail,
    refsTotal: 0,
    refsRead: 0,
    versionsPublished: 0,
    versionsWithdrawn: 0,
    branchesLeftOut: 0,
    skipped: [],
    skippedReleases: [],
    renames: [],
    submodulesLeftOut: [],
    hints: hintsOf(source),
  };
}

function explain(deps: SyncDeps, sourceId: string, error: unknown): string {
  if (error instanceof GitError) {
    deps.log.warn({ source: sourceId, kind: error.kind, detail: error.detail }, `sync failed: ${error.message}`);
    return error.message;
  }
  const isExpected = [AddressRefusedError, HostNotFoundError, SourceUrlError, DecryptionError].some(
    (type) => error instanceof type,
  );
  if (isExpected) {
    deps.log.warn({ source: sourceId }, `sync failed: ${messageOf(error)}`);
    return messageOf(error);
  }
  deps.log.error({ source: sourceId, err: error }, "sync failed unexpectedly");
  return `an unexpected error, see the log of the server: ${messageOf(error).split("\n")[0] ?? ""}`;
}
