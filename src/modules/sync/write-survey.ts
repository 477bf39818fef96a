import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { storeReadme } from "../packages/index.ts";
import type { ArchiveRow } from "../packages/index.ts";
import { SOURCE_DUE, branchesOf, submodulePathsOf, wakeWaiting } from "../sources/index.ts";
import { hintsOf } from "../source-hints/index.ts";
import type { Hint } from "../source-hints/index.ts";
import { describePackages, recordTakenNames, takePackages } from "./publish-packages.ts";
import { publishVersions } from "./publish-versions.ts";
import type { Published } from "./publish-versions.ts";
import { describeEmptiness } from "./describe-emptiness.ts";
import { settleContests, shortName } from "./publication.ts";
import type { Contest, RefEntry } from "./publication.ts";
import { listSpeakers } from "./read-readmes.ts";
import type { Readmes } from "./read-readmes.ts";
import { tellRenamed } from "./renames.ts";
import type { Survey } from "./survey.ts";
import type { SyncClaim } from "./sync-claim.ts";
import { tellSkippedReleases } from "./skipped-tags.ts";
import type { SkippedRelease } from "./skipped-tags.ts";
import { tellReleased, tellState } from "./sync-notices.ts";
import { nextSyncAt } from "./sync-deps.ts";
import type { SyncDeps, SyncReport } from "./sync-deps.ts";
import {
  deleteRunsBefore,
  finishSyncRun,
  replaceSourceRefs,
  unlessAskedSince,
  updateClaimedSource,
} from "./sync-queries.ts";
import type { SourceRefRow } from "./sync-queries.ts";

const RUNS_KEPT_SECONDS = 30 * 24 * 3600;

const NOTHING: Published = {
  versionOfRef: new Map(),
  versionsPublished: 0,
  versionsWithdrawn: 0,
  changedPackages: new Set(),
  released: [],
};

/** What was learned and made besides the versions. */
interface SurveyExtras {
  readonly archives: ReadonlyMap<string, ArchiveRow>;
  readonly readmes: Readmes;
  /** Undefined: as they are. */
  readonly hints: readonly Hint[] | undefined;
  /** Undefined where nothing was learned of them. */
  readonly submodulePaths: readonly string[] | undefined;
}

/** Writes everything of one sync in one transaction: customers see all of it or nothing. */
export async function writeSurvey(
  deps: SyncDeps,
  claim: SyncClaim,
  survey: Survey,
  { archives, readmes, hints, submodulePaths }: SurveyExtras,
): Promise<SyncReport> {
  const now = nowSeconds(deps.clock);
  const sourceId = claim.source.id;
  return await deps.database.transaction(async (trx, changed) => {
    const packages = await takePackages(trx, deps.database.engine, survey.entries, { id: sourceId, now });
    const contest = settleContests(survey.entries, packages);
    const looked = { ...survey, choice: branchesOf(claim.source) };
    const problem = contest.winners.length === 0 ? describeEmptiness(looked, contest) : null;
    const facts = { sourceId, now, isFirstSync: claim.source.synced_at === null, live: survey.live, archives };
    // A repository without any version is rather broken than empty: what was published stays until it is clear, but for
    // what comes from branches that are there and not offered.
    const live = survey.live.filter((version) => survey.leftOut.has(version.source_ref));
    const scope = problem === null ? facts : { ...facts, live };
    const published = survey.isUnchanged ? NOTHING : await publishVersions(trx, contest.winners, scope);
    if (!survey.isUnchanged) {
      await describePackages(trx, contest, published, { id: sourceId, defaultRef: survey.defaultRef, now });
      const rows = [...refRows(sourceId, contest, published, now), ...leftOutRows(sourceId, survey.entries, now)];
      await replaceSourceRefs(trx, sourceId, rows, survey.goneRefs);
    }
    await recordTakenNames(deps, trx, claim.source, contest, packages);
    if (published.versionsWithdrawn > 0 && (await wakeWaiting(trx, sourceId, now))) changed(SOURCE_DUE);
    await storeReadmes(trx, contest, readmes, { defaultRef: survey.defaultRef, now });
    const isPublished = problem === null && !survey.isUnchanged;
    const renames = isPublished ? await tellRenamed(deps, trx, sourceId, survey, contest) : [];
    const { source } = claim;
    const paths = submodulePaths ?? submodulePathsOf(source);
    const submodulesLeftOut = source.submodules === "include" ? [] : paths;
    const report = {
      ...toReport(sourceId, survey, contest, published, problem),
      renames,
      submodulesLeftOut,
      hints: hints ?? hintsOf(source),
    };
    await finish(trx, deps, claim, { survey, report, hints, submodulePaths: paths });
    await tellReleased(deps, trx, claim.source, published.released);
    const { goneRefs } = survey;
    const releases = survey.isUnchanged
      ? []
      : await tellSkippedReleases(deps, trx, { source: claim.source, contest, goneRefs });
    await tellState(deps, trx, claim.source, report.detail);
    if (published.changedPackages.size > 0) changed("packages");
    if (!survey.isUnchanged || hints !== undefined) changed("sources");
    return { ...report, skippedReleases: releases.map(toReleaseReport) };
  });
}

async function storeReadmes(
  trx: Db,
  contest: Contest,
  readmes: Readmes,
  { defaultRef, now }: { defaultRef: string | undefined; now: number },
): Promise<void> {
  if (readmes.size === 0) return;
  for (const [packageId, speaker] of listSpeakers(contest, defaultRef)) {
    const reference = speaker.ref.targetId;
    const readme = readmes.get(reference);
    if (readme === undefined) continue;
    const version = speaker.kind === "read" ? speaker.version.id.version : speaker.published.version;
    await storeReadme(trx, { package: packageId, version, reference, ...readme, updated_at: now });
  }
}

async function finish(
  trx: Db,
  deps: SyncDeps,
  claim: SyncClaim,
  {
    survey,
    report,
    hints,
    submodulePaths,
  }: Pick<SurveyExtras, "hints"> & {
    survey: Survey;
    report: Omit<SyncReport, "skippedReleases">;
    submodulePaths: readonly string[];
  },
): Promise<void> {
  const now = nowSeconds(deps.clock);
  const { source } = claim;
  const isOwner = await updateClaimedSource(trx, source.id, claim.claimedBy, {
    claimed_by: null,
    claimed_until: null,
    state: report.outcome === "succeeded" ? "active" : "failing",
    state_detail: report.detail,
    synced_at: report.outcome === "succeeded" ? now : source.synced_at,
    next_sync_at: unlessAskedSince(source.next_sync_at, nextSyncAt(deps, now)),
    reading_key: survey.readingKey,
    left_out_branches: survey.leftOut.size,
    submodule_paths: submodulePaths.length === 0 ? null : JSON.stringify(submodulePaths),
    ...(hints === undefined ? {} : { hints: JSON.stringify(hints) }),
  });
  // Somebody else took this process for dead and syncs the source: their result counts, and this is rolled back.
  if (!isOwner) throw new Error("the claim on the source was lost");
  await finishSyncRun(trx, claim.runId, {
    finished_at: now,
    outcome: report.outcome,
    detail: report.detail,
    refs_total: report.refsTotal,
    refs_read: report.refsRead,
    versions_published: report.versionsPublished,
    versions_withdrawn: report.versionsWithdrawn,
    refs_skipped: report.skipped.length,
    phase: null,
  });
  await deleteRunsBefore(trx, source.id, now - RUNS_KEPT_SECONDS);
}

/** Rows of the refs of which something is to be remembered anew. */
function refRows(source: string, contest: Contest, published: Published, now: number): SourceRefRow[] {
  const rows: SourceRefRow[] = [];
  for (const entry of contest.winners) {
    if (entry.kind === "kept") continue;
    const version = published.versionOfRef.get(entry.ref.ref) ?? null;
    rows.push({ ...baseRow(source, entry, now), version, skipped_reason: null, label: null, owned_by: null });
  }
  for (const entry of contest.skipped) {
    if (entry.isKnown) continue;
    const { skipped, label, ownedBy = null } = entry.skipped;
    rows.push({
      ...baseRow(source, entry, now),
      version: null,
      skipped_reason: storable(skipped),
      label: label && storable(label),
      owned_by: ownedBy,
    });
  }
  return rows;
}

/** By which a default branch that is left out is known to be where it was. */
function leftOutRows(source: string, entries: readonly RefEntry[], now: number): SourceRefRow[] {
  return entries.flatMap((entry) =>
    entry.kind === "left_out"
      ? [{ ...baseRow(source, entry, now), version: null, skipped_reason: null, owned_by: null, label: null }]
      : [],
  );
}

function baseRow(source: string, entry: RefEntry, now: number) {
  const { ref, before } = entry;
  const isSame = before?.object_id === ref.objectId;
  const seenAt = isSame ? before.seen_at : now;
  return { source, ref: ref.ref, object_id: ref.objectId, commit_id: ref.targetId, seen_at: seenAt };
}

/** PostgreSQL stores neither NUL nor half of a surrogate pair; both can come out of somebody's composer.json. */
function storable(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}

function toReleaseReport({ ref, reason, remedy }: SkippedRelease): SyncReport["skippedReleases"][number] {
  return { ref: shortName(ref), reason, remedy };
}

function toReport(
  sourceId: string,
  survey: Survey,
  contest: Contest,
  published: Published,
  problem: string | null,
): Omit<SyncReport, "renames" | "submodulesLeftOut" | "hints" | "skippedReleases"> {
  return {
    sourceId,
    outcome: problem === null ? "succeeded" : "failed",
    detail: problem,
    refsTotal: survey.entries.filter(({ kind }) => kind !== "left_out").length,
    refsRead: survey.refsRead,
    versionsPublished: published.versionsPublished,
    versionsWithdrawn: published.versionsWithdrawn,
    branchesLeftOut: survey.leftOut.size,
    skipped: contest.skipped.map(({ ref, skipped }) => ({
      ref: shortName(ref.ref),
      reason: skipped.skipped,
      label: skipped.label,
    })),
  };
}
