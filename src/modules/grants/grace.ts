import { sql } from "kysely";
import type { RawBuilder } from "kysely";

const DAY_SECONDS = 86_400;

/** The longest there is; a query by `expires_at` need not look further back than this. */
export const GRACE_DAYS_MAX = 366;
export const GRACE_SECONDS_MAX = GRACE_DAYS_MAX * DAY_SECONDS;

/** Until when what ended goes on; null where it has no end, or no days of grace. */
export function graceUntil(expiresAt: number | null, graceDays: number): number | null {
  return expiresAt === null || graceDays === 0 ? null : expiresAt + graceDays * DAY_SECONDS;
}

/** When nothing of it opens anything any more: its end, or that of its days of grace. */
export function trueEnd(expiresAt: number | null, graceDays: number): number | null {
  return graceUntil(expiresAt, graceDays) ?? expiresAt;
}

/** Something that ends, and goes on for some days after its end as if it did not. */
export interface Ending {
  expires_at: number | null;
  grace_days: number;
}

/** Whether it has ended and goes on. */
export function isInGrace({ expires_at, grace_days }: Ending, now: number): boolean {
  const until = graceUntil(expires_at, grace_days);
  return expires_at !== null && expires_at <= now && until !== null && now < until;
}

/** Whether it has ended for good. */
export function hasEnded({ expires_at, grace_days }: Ending, now: number): boolean {
  const until = trueEnd(expires_at, grace_days);
  return until !== null && until <= now;
}

/** The opposite of {@link hasEnded} in SQL, of the rows of `table` (`tokens`, `grants` or an alias of one of them). */
export function goesOn(table: string, now: number): RawBuilder<boolean> {
  const [end, days] = [sql.ref(`${table}.expires_at`), sql.ref(`${table}.grace_days`)];
  return sql<boolean>`(${end} is null or ${end} + ${days} * ${sql.lit(DAY_SECONDS)} > ${now})`;
}

/** The same of the rows of `tokens`: one that was sold with a line of an order does not end with that line. */
export function tokenGoesOn(now: number, table = "tokens"): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(`${table}.order_line`)} is not null or ${goesOn(table, now)})`;
}
