import { nowSeconds } from "../../platform/clock.ts";
import { messageOf } from "../../platform/errors.ts";
import type { SyncDeps } from "./sync-deps.ts";
import { listDueSources } from "./sync-queries.ts";
import { syncSource } from "./sync-source.ts";

/** How often the table is looked at: bounds how long a new source waits. */
const LOOK_EVERY_MS = 1000;
const SYNCS_AT_ONCE = 2;

/** Calls `work` again and again until the returned function is called. Injected, so that tests tick by hand. */
export type Every = (intervalMs: number, work: () => void) => () => void;

interface SyncScheduler {
  start(): void;
  /** Ends the running syncs and waits for their end; they are taken up again at the next start. */
  stop(): Promise<void>;
  /** Looks now, and resolves when the syncs that were running or started then have ended. */
  runDue(): Promise<void>;
}

const everyInterval: Every = (intervalMs, work) => {
  const timer = setInterval(work, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
};

/** Syncs each source when its time has come. What is due is in the table, so a restart forgets nothing. */
export function createSyncScheduler(deps: SyncDeps, every: Every = everyInterval): SyncScheduler {
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  let stopLooking: (() => void) | undefined;
  let looking: Promise<void> | undefined;

  const runOne = async (id: string) => {
    try {
      const report = await syncSource(deps, id, { signal: stopping.signal });
      if (report === "busy" || report.outcome === "failed") return;
      const { versionsPublished, versionsWithdrawn, refsRead } = report;
      const facts = { source: id, refsRead, versionsPublished, versionsWithdrawn, refsSkipped: report.skipped.length };
      if (refsRead > 0 || versionsWithdrawn > 0) deps.log.info(facts, "source synced");
    } catch (error) {
      deps.log.error({ source: id, error: messageOf(error) }, "sync could not be recorded");
    } finally {
      running.delete(id);
    }
  };
  const look = async () => {
    const free = SYNCS_AT_ONCE - running.size;
    if (free <= 0) return;
    // Those already running are due still, until their end is written.
    const due = await listDueSources(deps.database.db, nowSeconds(deps.clock), SYNCS_AT_ONCE * 8);
    for (const id of due.filter((candidate) => !running.has(candidate)).slice(0, free)) {
      if (!stopping.signal.aborted) running.set(id, runOne(id));
    }
  };
  const lookOnce = () => {
    looking ??= look()
      .catch((error: unknown) => deps.log.error({ error: messageOf(error) }, "sync scheduler could not look"))
      .finally(() => (looking = undefined));
    return looking;
  };
  return {
    start() {
      stopLooking ??= every(LOOK_EVERY_MS, () => void lookOnce());
      void lookOnce();
    },
    async stop() {
      stopLooking?.();
      stopping.abort();
      await looking;
      await Promise.all(running.values());
    },
    async runDue() {
      await lookOnce();
      await Promise.all(running.values());
    },
  };
}
