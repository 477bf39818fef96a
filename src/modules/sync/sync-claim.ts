import { isAbandoned, isOfThisProcess, newClaimant } from "../../platform/claimant.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { messageOf } from "../../platform/errors.ts";
import { findSourceRow } from "../sources/index.ts";
import type { SourceRow } from "../sources/index.ts";
import type { SyncDeps } from "./sync-deps.ts";
import { failUnfinishedRuns, insertSyncRun, takeClaim, updateClaimedSource } from "./sync-queries.ts";

/** A claim without a sign of life for so long is nobody's: its host is gone. */
const CLAIM_SECONDS = 60;
const HEARTBEAT_MS = 15_000;

/** The right to sync one source, which one process of all has at a time. */
export interface SyncClaim {
  readonly claimedBy: string;
  readonly runId: string;
  /** The source as it was before. */
  readonly source: SourceRow;
  /** Aborted when the claim was lost, or when the caller's own signal is. */
  readonly signal: AbortSignal;
  /** Ends the signs of life. The row is given up by whoever writes the outcome. */
  stop(): void;
}

/** Claims held by this process: one of its pid that is not here is left over from an earlier process with that pid. */
const held = new Set<string>();

/** "busy" while somebody else syncs the source; undefined when there is no such source. */
export async function claimSource(
  deps: SyncDeps,
  sourceId: string,
  signal: AbortSignal | undefined,
): Promise<SyncClaim | "busy" | undefined> {
  // Waiting asks again and again, which must not take the write lock from everybody else each time.
  const seen = await findSourceRow(deps.database.db, sourceId);
  if (seen === undefined) return undefined;
  if (!isFree(seen, nowSeconds(deps.clock))) return "busy";
  const claimedBy = newClaimant();
  const runId = newId("run");
  held.add(claimedBy);
  const source = await deps.database
    .transaction(async (trx) => {
      const now = nowSeconds(deps.clock);
      const row = await findSourceRow(trx, sourceId);
      if (row === undefined) return undefined;
      if (!isFree(row, now)) return "busy" as const;
      const claim = { claimed_by: claimedBy, claimed_until: now + CLAIM_SECONDS };
      if (!(await takeClaim(trx, sourceId, row.claimed_by, claim))) return "busy" as const;
      await failUnfinishedRuns(trx, sourceId, now);
      await insertSyncRun(trx, { id: runId, source: sourceId, started_at: now, ...NO_COUNTS });
      return row;
    })
    .catch((error: unknown) => {
      held.delete(claimedBy);
      throw error;
    });
  if (source === undefined || source === "busy") {
    held.delete(claimedBy);
    return source;
  }
  return keepAlive(deps, { claimedBy, runId, source }, signal);
}

const NO_COUNTS = {
  finished_at: null,
  outcome: null,
  detail: null,
  refs_total: 0,
  refs_read: 0,
  versions_published: 0,
  versions_withdrawn: 0,
  refs_skipped: 0,
  phase: "preparing" as const,
};

function isFree(row: SourceRow, now: number): boolean {
  if (row.claimed_by === null || row.claimed_until === null || row.claimed_until <= now) return true;
  // One of ours that is not held could not be given back.
  return isOfThisProcess(row.claimed_by) ? !held.has(row.claimed_by) : isAbandoned(row.claimed_by);
}

function keepAlive(
  deps: SyncDeps,
  claim: Pick<SyncClaim, "claimedBy" | "runId" | "source">,
  signal: AbortSignal | undefined,
): SyncClaim {
  const lost = new AbortController();
  const beat = async () => {
    const until = nowSeconds(deps.clock) + CLAIM_SECONDS;
    const { db } = deps.database;
    const kept = await updateClaimedSource(db, claim.source.id, claim.claimedBy, { claimed_until: until });
    if (!kept) lost.abort();
  };
  const timer = setInterval(() => {
    // One missed sign is no loss; the next may get through.
    beat().catch((error: unknown) =>
      deps.log.warn({ source: claim.source.id, error: messageOf(error) }, "sync heartbeat"),
    );
  }, HEARTBEAT_MS);
  timer.unref();
  return {
    ...claim,
    signal: signal === undefined ? lost.signal : AbortSignal.any([signal, lost.signal]),
    stop() {
      clearInterval(timer);
      held.delete(claim.claimedBy);
    },
  };
}
