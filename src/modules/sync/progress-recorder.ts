import { messageOf } from "../../platform/errors.ts";
import type { SyncClaim } from "./sync-claim.ts";
import type { SyncDeps, SyncProgress } from "./sync-deps.ts";
import { noteProgress } from "./sync-queries.ts";

const EVERY_MS = 1_000;

/** Keeps the row of a run up to date for whoever watches it, in this process or another. */
export interface ProgressRecorder {
  onProgress(progress: SyncProgress): void;
  stop(): void;
}

/**
 * Writes at most once a second, and only what changed: a sync that is over sooner costs nothing. A failed write is
 * logged; the sync goes on, its outcome is written by others.
 */
export function recordProgress(
  deps: Pick<SyncDeps, "database" | "log" | "progressEveryMs">,
  claim: Pick<SyncClaim, "runId" | "source">,
): ProgressRecorder {
  let latest: SyncProgress | undefined;
  let isWriting = false;
  const write = async () => {
    if (latest === undefined || isWriting) return;
    const { phase, total, done } = latest;
    latest = undefined;
    isWriting = true;
    try {
      await noteProgress(deps.database.db, claim.runId, {
        phase: phase === "connecting" ? "preparing" : phase,
        ...(total === undefined ? {} : { refs_total: total }),
        ...(done === undefined ? {} : { refs_read: done }),
      });
    } catch (error) {
      deps.log.warn({ source: claim.source.id, error: messageOf(error) }, "progress not written");
    } finally {
      isWriting = false;
    }
  };
  const timer = setInterval(() => void write(), deps.progressEveryMs ?? EVERY_MS).unref();
  return {
    onProgress: (progress) => void (latest = { ...latest, ...progress }),
    stop: () => clearInterval(timer),
  };
}
