import { setImmediate } from "node:timers/promises";
import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { oneAtATime } from "../../platform/one-at-a-time.ts";
import type { Database } from "../../schema.ts";
import { deleteNetworksBefore } from "./network-queries.ts";
import { DAY_SECONDS } from "./pending-usage.ts";
import { addTokenHours, deleteFlushesBefore, takeHoursBefore } from "./usage-queries.ts";
import type { TokenHour } from "./usage-queries.ts";

const EVERY_MS = 3_600_000;
/** A few milliseconds of work: others write between two such pieces. */
const ROWS_AT_ONCE = 250;

/** Older hours become days: nobody asks at what time something was used a quarter of a year ago. */
export const HOURS_KEPT_DAYS = 90;
/** The longest span that is reported, and a day more. */
export const NETWORKS_KEPT_DAYS = 31;
/** Longer than any process goes on trying to write a batch whose answer was lost. */
const FLUSHES_KEPT_DAYS = 7;

export interface UpkeepDeps {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
  logger: Logger;
}

/** Keeps what is counted from growing for ever, in the background and in small pieces. Several instances may run it. */
export function createUpkeep(deps: UpkeepDeps) {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = oneAtATime(
    () => keepUsageSmall(deps, () => stopped),
    (error) => deps.logger.error({ err: error }, "the upkeep of usage failed; tried again"),
  );
  return {
    start() {
      timer ??= setInterval(() => void run(), EVERY_MS).unref();
      void run();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await run();
    },
  };
}

/** Does all there is to do now. Sums stay what they were at every moment. */
export async function keepUsageSmall(deps: UpkeepDeps, isStopped: () => boolean = () => false): Promise<void> {
  const { database } = deps;
  const now = nowSeconds(deps.clock);
  const today = now - (now % DAY_SECONDS);
  const pieces = [
    () => rollUpHours(database, today - HOURS_KEPT_DAYS * DAY_SECONDS),
    () => deleteNetworksBefore(database.db, today - (NETWORKS_KEPT_DAYS - 1) * DAY_SECONDS, ROWS_AT_ONCE),
    () => deleteFlushesBefore(database.db, now - FLUSHES_KEPT_DAYS * DAY_SECONDS, ROWS_AT_ONCE),
  ];
  for (const piece of pieces) {
    while (!isStopped() && (await piece()) > 0) await setImmediate();
  }
}

/** Takes some hours out and adds them to their days, in one transaction: what two instances take is never the same. */
async function rollUpHours(database: UpkeepDeps["database"], before: number): Promise<number> {
  return await database.transaction(async (trx) => {
    const hours = await takeHoursBefore(trx, before, ROWS_AT_ONCE);
    await addTokenHours(trx, sumByDay(hours));
    return hours.length;
  });
}

function sumByDay(hours: readonly TokenHour[]): TokenHour[] {
  const days = new Map<string, TokenHour>();
  for (const { token, hour, requests, downloads } of hours) {
    const day = hour - (hour % DAY_SECONDS);
    const key = `${token} ${day}`;
    const before = days.get(key) ?? { token, hour: day, requests: 0, downloads: 0 };
    const sum = { requests: before.requests + requests, downloads: before.downloads + downloads };
    days.set(key, { token, hour: day, ...sum });
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
