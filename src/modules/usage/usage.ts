import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { Database } from "../../schema.ts";
import { raiseSecretsLastUsed } from "../rotated-secrets/index.ts";
import { addShopDays, addTokenHours, addVersionDays, raiseLastUsed, sumTokenUsage } from "./usage-queries.ts";
import type { TokenDay, TokenHour, VersionDay } from "./usage-queries.ts";

/** Bounds what a crash loses. */
const FLUSH_EVERY_MS = 2_000;
const HOUR = 3600;
const DAY = 86_400;

export interface UsageDeps {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
  logger: Logger;
}

export interface UsageTotals {
  requests: number;
  downloads: number;
  requestsThisHour: number;
}

/** Counts what tokens do: in memory at once, in the database every two seconds, on demand, and at shutdown. */
export interface Usage {
  /** `rotatedSecret`: the hash of the replaced secret that was used. */
  countRequest(token: string, rotatedSecret?: string): void;
  countDownload(token: string, packageId: string, versionNormalized: string): void;
  /** What composer reports to `/notify`: an install, also one from its own cache. */
  countInstall(token: string, packageId: string, versionNormalized: string): void;
  /**
   * Writes what was counted. When it fails nothing is lost and nothing is counted twice; the log tells, and the answer
   * that wanted the newest numbers is given with older ones: a shop that revokes must not fail over statistics.
   */
  flush(): Promise<void>;
  totalsOf(token: string, now: number): Promise<UsageTotals>;
  start(): void;
  stop(): Promise<void>;
}

interface Pending {
  hours: Map<string, TokenHour>;
  days: Map<string, VersionDay>;
  lastUsed: Map<string, number>;
  /** Of replaced secrets, by hash. */
  secretsLastUsed: Map<string, number>;
}

const emptyPending = (): Pending => ({
  hours: new Map(),
  days: new Map(),
  lastUsed: new Map(),
  secretsLastUsed: new Map(),
});

export function createUsage(deps: UsageDeps): Usage {
  let pending = emptyPending();
  let flushing: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const hourOf = (token: string) => {
    const now = nowSeconds(deps.clock);
    pending.lastUsed.set(token, now);
    const hour = now - (now % HOUR);
    return getOrAdd(pending.hours, `${token} ${hour}`, () => ({ token, hour, requests: 0, downloads: 0 }));
  };
  const dayOf = (token: string, packageId: string, version: string) => {
    const now = nowSeconds(deps.clock);
    const day = now - (now % DAY);
    return getOrAdd(pending.days, [token, packageId, version, day].join(" "), () => ({
      ...{ token, package: packageId, version_normalized: version, day, downloads: 0, installs: 0 },
    }));
  };
  const flushNow = async () => {
    if (pending.lastUsed.size === 0 && pending.days.size === 0) return;
    const taken = pending;
    pending = emptyPending();
    try {
      await write(deps.database, taken);
    } catch (error) {
      giveBack(pending, taken);
      deps.logger.error({ err: error }, "usage could not be written; kept in memory until the next attempt");
    }
  };
  const flush = () => (flushing = flushing.then(flushNow));
  return {
    countRequest(token, rotatedSecret) {
      hourOf(token).requests++;
      if (rotatedSecret !== undefined) pending.secretsLastUsed.set(rotatedSecret, nowSeconds(deps.clock));
    },
    countDownload(token, packageId, version) {
      hourOf(token).downloads++;
      dayOf(token, packageId, version).downloads++;
    },
    countInstall(token, packageId, version) {
      dayOf(token, packageId, version).installs++;
    },
    flush,
    totalsOf: (token, now) => sumTokenUsage(deps.database.db, token, now - (now % HOUR)),
    start() {
      timer ??= setInterval(() => void flush(), FLUSH_EVERY_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

function getOrAdd<T>(map: Map<string, T>, key: string, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

async function write(database: UsageDeps["database"], taken: Pending): Promise<void> {
  const tokensBySecond = Map.groupBy(taken.lastUsed, ([, usedAt]) => usedAt);
  await database.transaction(async (trx) => {
    // In the order of their keys: two instances that write the same rows must not wait for each other.
    await addTokenHours(trx, inOrder(taken.hours));
    await addVersionDays(trx, inOrder(taken.days));
    await addShopDays(trx, sumsByTokenAndDay(taken));
    for (const [usedAt, entries] of tokensBySecond) {
      await raiseLastUsed(trx, entries.map(([token]) => token).sort(), usedAt);
    }
    for (const [usedAt, entries] of Map.groupBy(taken.secretsLastUsed, ([, at]) => at)) {
      await raiseSecretsLastUsed(trx, entries.map(([hash]) => hash).sort(), usedAt);
    }
  });
}

function sumsByTokenAndDay(taken: Pending): TokenDay[] {
  const sums = new Map<string, TokenDay>();
  const of = (token: string, day: number) =>
    getOrAdd(sums, `${token} ${day}`, () => ({ token, day, requests: 0, downloads: 0, installs: 0 }));
  for (const { token, hour, requests } of taken.hours.values()) of(token, hour - (hour % DAY)).requests += requests;
  for (const { token, day, downloads, installs } of taken.days.values()) {
    const sum = of(token, day);
    sum.downloads += downloads;
    sum.installs += installs;
  }
  return [...sums.values()];
}

function inOrder<T>(rows: Map<string, T>): T[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

function giveBack(pending: Pending, taken: Pending): void {
  for (const [key, hour] of taken.hours) {
    const current = getOrAdd(pending.hours, key, () => ({ ...hour, requests: 0, downloads: 0 }));
    current.requests += hour.requests;
    current.downloads += hour.downloads;
  }
  for (const [key, day] of taken.days) {
    const current = getOrAdd(pending.days, key, () => ({ ...day, downloads: 0, installs: 0 }));
    current.downloads += day.downloads;
    current.installs += day.installs;
  }
  raise(pending.lastUsed, taken.lastUsed);
  raise(pending.secretsLastUsed, taken.secretsLastUsed);
}

function raise(latest: Map<string, number>, earlier: Map<string, number>): void {
  for (const [key, usedAt] of earlier) if ((latest.get(key) ?? 0) < usedAt) latest.set(key, usedAt);
}
