import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database, Db } from "../../schema.ts";
import { graceUntil, trueEnd } from "../grants/index.ts";
import { emitNotice } from "../notices/index.ts";
import { readSettings, reminderDaysOf } from "../settings/index.ts";
import { listUntoldGrants, listUntoldTokens, markLineTold, markTokenTold } from "./end-queries.ts";
import type { EndPlace, EndedGrant, EndingToken, ToldColumn } from "./end-queries.ts";

const DAY_SECONDS = 24 * 3600;
/** Where nobody is reminded by mail. */
const AHEAD_DAYS = 14;
/** A few milliseconds of work: others write between two such pieces. */
const ROWS_AT_ONCE = 100;
/** Before every time there is. */
const BEGINNING = { expires_at: 0, id: "" };

export interface TellEndsDeps {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
}

/**
 * Tells webhooks of tokens and lines of orders that ended, each once for one end: what was told stands beside it, in the
 * transaction of the notice. Whatever ended while nobody looked is told late; what is renewed has another end.
 */
export async function tellOfEnds(deps: TellEndsDeps, isStopped: () => boolean): Promise<void> {
  const { db } = deps.database;
  const now = nowSeconds(deps.clock);
  const isOver = ({ expires_at, grace_days }: { expires_at: number; grace_days: number }) =>
    (trueEnd(expires_at, grace_days) ?? 0) <= now;
  await inPieces(isStopped, async (after) => {
    const rows = await listUntoldTokens(db, "expired_told", { from: 0, to: now }, after, ROWS_AT_ONCE);
    await tellTogether(deps, rows.filter(isOver), (trx, row) => tellOfToken(deps, trx, "expired_told", row));
    return rows;
  });
  await inPieces(isStopped, async (after) => {
    const rows = await listUntoldGrants(db, now, after, ROWS_AT_ONCE);
    await tellTogether(deps, rows.filter(isOver), (trx, row) => tellOfLine(deps, trx, row));
    return rows;
  });
}

/**
 * The same ahead of the end of a token: as many days as customers are reminded first, of those that lie after the end
 * was set. Whoever bought ten days needs no warning of fourteen.
 */
export async function tellOfComingEnds(deps: TellEndsDeps, isStopped: () => boolean): Promise<void> {
  const { db } = deps.database;
  const now = nowSeconds(deps.clock);
  const reminders = reminderDaysOf(await readSettings(db));
  const days = reminders.length === 0 ? [AHEAD_DAYS] : reminders;
  const window = { from: now + 1, to: now + Math.max(...days) * DAY_SECONDS };
  const isDue = ({ expires_at, expiry_set_at, created_at }: EndingToken) =>
    days.some((day) => {
      const at = expires_at - day * DAY_SECONDS;
      return at <= now && at > (expiry_set_at ?? created_at);
    });
  await inPieces(isStopped, async (after) => {
    const rows = await listUntoldTokens(db, "expiring_told", window, after, ROWS_AT_ONCE);
    await tellTogether(deps, rows.filter(isDue), (trx, row) => tellOfToken(deps, trx, "expiring_told", row));
    return rows;
  });
}

async function inPieces(
  isStopped: () => boolean,
  piece: (after: EndPlace) => Promise<readonly EndPlace[]>,
): Promise<void> {
  let after: EndPlace = BEGINNING;
  while (!isStopped()) {
    const rows = await piece(after);
    const last = rows.at(-1);
    if (rows.length < ROWS_AT_ONCE || last === undefined) return;
    after = { expires_at: last.expires_at, id: last.id };
  }
}

async function tellTogether<Row>(
  { database }: TellEndsDeps,
  rows: readonly Row[],
  tell: (trx: Db, row: Row) => Promise<void>,
): Promise<void> {
  if (rows.length === 0) return;
  await database.transaction(async (trx) => {
    for (const row of rows) await tell(trx, row);
  });
}

async function tellOfToken(deps: TellEndsDeps, trx: Db, column: ToldColumn, token: EndingToken): Promise<void> {
  if (!(await markTokenTold(trx, column, token))) return;
  const { id, shop, customer, expires_at, grace_days, expiry_set_at, created_at } = token;
  const hasEnded = column === "expired_told";
  await emitNotice(deps, trx, {
    ...{ type: hasEnded ? "token.expired" : "token.expiring", shop, customer, token: id },
    data: { id, ...endOf(expires_at, grace_days) },
    ...(hasEnded ? { occurredAt: whenEnded(expires_at, grace_days, expiry_set_at ?? created_at) } : {}),
  });
}

async function tellOfLine(deps: TellEndsDeps, trx: Db, ended: EndedGrant): Promise<void> {
  const packages = await markLineTold(trx, ended);
  if (packages === undefined || packages.length === 0) return;
  const { shop, customer, order_id, line, expires_at, grace_days, updated_at } = ended;
  await emitNotice(deps, trx, {
    ...{ type: "grant.expired", shop, customer },
    data: { order_id, line, packages: packages.toSorted(), ...endOf(expires_at, grace_days) },
    occurredAt: whenEnded(expires_at, grace_days, updated_at),
  });
}

function endOf(expires_at: number, graceDays: number) {
  return { expires_at, grace_until: graceUntil(expires_at, graceDays) };
}

/** An end that was set into the past came when it was set. */
function whenEnded(expiresAt: number, graceDays: number, setAt: number): number {
  return Math.max(trueEnd(expiresAt, graceDays) ?? 0, setAt);
}
