import { Backoffs } from "../../platform/backoffs.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { messageOf } from "../../platform/errors.ts";
import { oneAtATime } from "../../platform/one-at-a-time.ts";
import { SOURCE_DUE } from "../sources/index.ts";
import type { SyncDeps } from "./sync-deps.ts";
import { listDueSources } from "./sync-queries.ts";
import { SyncPlaces } from "./sync-places.ts";
import { syncSource } from "./sync-source.ts";

/** How often the table is looked at, besides whenever somebody says that a source is due. */
const LOOK_EVERY_MS = 1000;

/** How long a source is left alone after a sync that could not even be recorded; doubled each time it happens again. */
const BACKOFF = { firstMs: 1000, maxMs: 60_000 };

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
  const places = new SyncPlaces(() => nowSeconds(deps.clock));
  const stopping = new AbortController();
  const backoffs = new Backoffs(() => deps.clock.nowMs(), BACKOFF);
  let stops: (() => void)[] = [];

  const runOne = async (id: string) => {
    try {
      const report = await syncSource(deps, id, { signal: stopping.signal });
      backoffs.end(id);
      if (report === "busy" || report.outcome === "failed") return;
      const { versionsPublished, versionsWithdrawn, refsRead } = report;
      const facts = { source: id, refsRead, versionsPublished, versionsWithdrawn, refsSkipped: report.skipped.length };
      if (refsRead > 0 || versionsWithdrawn > 0) deps.log.info(facts, "source synced");
    } catch (error) {
      const facts = { source: id, error: messageOf(error), againInSeconds: backoffs.begin(id) / 1000 };
      deps.log.error(facts, "sync could not be recorded");
    }
  };
  const startDue = async () => {
    if (places.areAllTaken) return;
    const limit = places.lookAt + backoffs.count;
    for (const id of await listDueSources(deps.database.db, nowSeconds(deps.clock), limit)) {
      const isReady = backoffs.left(id) === 0 && places.isFreeFor(id);
      if (isReady && !stopping.signal.aborted) places.take(id, () => runOne(id));
    }
  };
  const look = oneAtATime(startDue, (error) =>
    deps.log.error({ error: messageOf(error) }, "sync scheduler could not look"),
  );
  return {
    start() {
      const onChange = (topic: string) => void (topic === SOURCE_DUE && look());
      if (stops.length === 0)
        stops = [every(LOOK_EVERY_MS, () => void look()), deps.database.changes.subscribe(onChange)];
      void look();
    },
    async stop() {
      for (const end of stops) end();
      stopping.abort();
      await look();
      await places.allEnded();
    },
    async runDue() {
      await look();
      await places.allEnded();
    },
  };
}
