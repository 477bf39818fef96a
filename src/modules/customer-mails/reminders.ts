import { nowSeconds } from "../../platform/clock.ts";
import { sha256Hex } from "../../platform/crypto/secrets.ts";
import type { Database } from "../../schema.ts";
import { readSettings, reminderDaysOf } from "../settings/index.ts";
import { enqueueTokenMail } from "./token-mails.ts";
import { addressOf } from "./mail-values.ts";
import type { MailPlace } from "./mail-values.ts";
import { findMailedToken, listLinesToRemind, listTokensToRemind } from "./token-mail-queries.ts";
import type { LineGrantRow, ScanPlace, TokenRow } from "./token-mail-queries.ts";

const DAY_SECONDS = 24 * 3600;
/** A few milliseconds of reading: others are served between two such pieces. */
const ROWS_AT_ONCE = 500;

export type ReminderDeps = Pick<MailPlace, "clock" | "cipher"> & { database: Pick<Database, "db" | "transaction"> };

/**
 * Puts reminders of tokens, and of lines of orders, that end soon into the outbox: one for each date of expiry and
 * number of days ahead. Of several that are due only the nearest is sent, and none that was due before the expiry was
 * set: whoever buys ten days needs no reminder of fourteen.
 */
export async function enqueueReminders(deps: ReminderDeps): Promise<void> {
  const { db } = deps.database;
  const days = [...reminderDaysOf(await readSettings(db))].sort((a, b) => b - a);
  for (const [index, daysAhead] of days.entries()) {
    const now = nowSeconds(deps.clock);
    const from = now + (days[index + 1] ?? 0) * DAY_SECONDS;
    const window = { from, to: now + daysAhead * DAY_SECONDS, daysAhead };
    await scan(from, async (after) => {
      const rows = await listTokensToRemind(db, window, after, ROWS_AT_ONCE);
      for (const { token, isToRemind } of rows) if (isToRemind) await remindOfToken(deps, token, daysAhead);
      return rows.map(({ token }) => token);
    });
    // Several patterns of one line are one cause.
    const seen = new Set<string>();
    await scan(from, async (after) => {
      const rows = await listLinesToRemind(db, window, after, ROWS_AT_ONCE);
      for (const { grant, isToRemind } of rows) {
        const { customer, order_id, line, expires_at } = grant;
        const key = JSON.stringify([customer, order_id, line, expires_at]);
        if (!isToRemind || seen.has(key)) continue;
        seen.add(key);
        await remindOfLine(deps, grant, daysAhead);
      }
      return rows.map(({ grant }) => grant);
    });
  }
}

/** Goes through rows by expiry, piece by piece. */
async function scan(
  from: number,
  piece: (after: ScanPlace) => Promise<readonly { expires_at: number | null; id: string }[]>,
): Promise<void> {
  let after: ScanPlace = { expires_at: from, id: "" };
  for (;;) {
    const rows = await piece(after);
    const last = rows.at(-1);
    if (rows.length < ROWS_AT_ONCE || last === undefined) return;
    after = { expires_at: last.expires_at ?? 0, id: last.id };
  }
}

/** What cannot be mailed is looked at again every time, until it ends: it must not cost a transaction each. */
async function canBeMailed({ database }: ReminderDeps, token: TokenRow): Promise<boolean> {
  return (await addressOf(database.db, token)) !== undefined;
}

async function remindOfToken(deps: ReminderDeps, token: TokenRow, daysAhead: number): Promise<void> {
  if (!(await canBeMailed(deps, token))) return;
  const cause = `token.expiring:${token.id}:${token.expires_at ?? 0}:${daysAhead}`;
  await deps.database.transaction((trx) => enqueueTokenMail(deps, trx, { kind: "expiring", cause, token, daysAhead }));
}

/** Where the token ends no later, its own reminder says more. */
async function remindOfLine(deps: ReminderDeps, grant: LineGrantRow, daysAhead: number): Promise<void> {
  const token = await findMailedToken(deps.database.db, grant.customer);
  const expiresAt = grant.expires_at ?? 0;
  if (token === undefined || (token.order_line === null && token.expires_at !== null && token.expires_at <= expiresAt))
    return;
  if (!(await canBeMailed(deps, token))) return;
  const line = { orderId: grant.order_id, line: grant.line, expiresAt };
  const cause = `grant.expiring:${grant.customer}:${sha256Hex(JSON.stringify(line))}:${daysAhead}`;
  const mail = { kind: "expiring" as const, cause, token, daysAhead, line };
  await deps.database.transaction((trx) => enqueueTokenMail(deps, trx, mail));
}
