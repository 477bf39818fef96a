import { nowSeconds } from "../../platform/clock.ts";
import type { Database, Db } from "../../schema.ts";
import { raiseSecretsLastUsed } from "../rotated-secrets/index.ts";
import { DAY_SECONDS } from "./pending-usage.ts";
import type { UsageBatch } from "./pending-usage.ts";
import { storeNetworks } from "./sharing-signal.ts";
import type { SharingDeps } from "./sharing-signal.ts";
import { addShopDays, addTokenHours, addVersionDays, insertFlushIfNew, raiseLastUsed } from "./usage-queries.ts";
import type { TokenDay, TokenHour } from "./usage-queries.ts";

export type WriteUsageDeps = SharingDeps & { database: Pick<Database, "transaction"> };

/**
 * Writes a batch, whole or not at all, and once: its id is written with it, so that an attempt whose commit was never
 * acknowledged is recognised by the next one. False when it was there already.
 */
export async function writeBatch(deps: WriteUsageDeps, batch: UsageBatch): Promise<boolean> {
  return await deps.database.transaction(async (trx) => {
    if (!(await insertFlushIfNew(trx, { id: batch.id, written_at: nowSeconds(deps.clock) }))) return false;
    await addCounts(trx, batch);
    await raiseTimes(trx, batch);
    await storeNetworks(deps, trx, inOrder(batch.networks));
    return true;
  });
}

/** In the order of their keys: two instances that write the same rows must not wait for each other. */
async function addCounts(trx: Db, batch: UsageBatch): Promise<void> {
  const hours = inOrder(batch.tokens).flatMap((counts) => counts.hours);
  await addTokenHours(trx, hours);
  await addVersionDays(trx, inOrder(batch.days));
  await addShopDays(trx, sumsByTokenAndDay(hours, batch));
}

async function raiseTimes(trx: Db, batch: UsageBatch): Promise<void> {
  for (const [usedAt, entries] of Map.groupBy(batch.tokens, ([, counts]) => counts.lastUsedAt)) {
    await raiseLastUsed(trx, entries.map(([token]) => token).sort(), usedAt);
  }
  for (const [usedAt, entries] of Map.groupBy(batch.secretsLastUsed, ([, at]) => at)) {
    await raiseSecretsLastUsed(trx, entries.map(([hash]) => hash).sort(), usedAt);
  }
}

function sumsByTokenAndDay(hours: readonly TokenHour[], { days }: UsageBatch): TokenDay[] {
  const sums = new Map<string, TokenDay>();
  const of = (token: string, day: number) => {
    const key = `${token} ${day}`;
    const sum = sums.get(key) ?? { token, day, requests: 0, downloads: 0, installs: 0 };
    sums.set(key, sum);
    return sum;
  };
  for (const { token, hour, requests } of hours) of(token, hour - (hour % DAY_SECONDS)).requests += requests;
  for (const { token, day, downloads, installs } of days.values()) {
    const sum = of(token, day);
    sum.downloads += downloads;
    sum.installs += installs;
  }
  return [...sums.values()];
}

function inOrder<T>(rows: ReadonlyMap<string, T>): T[] {
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
