import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database, Db, MailKind, MailState } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { refuseAmbiguousCustomer } from "../customers/index.ts";
import { sendMailAgain } from "../customer-mails/index.ts";
import { findVisibleMail, listVisibleMails } from "./mail-log-queries.ts";
import type { LoggedMailRow } from "./mail-log-queries.ts";
import type { MailListQuery } from "./mail-log-schemas.ts";

const DEFAULT_LIMIT = 100;
const ID = /^mail_[0-9A-Za-z]{1,40}$/;

export interface MailLogDeps extends AuditDeps {
  database: Pick<Database, "db" | "transaction">;
  cipher: Cipher;
}

/** A mail as the API shows it: never what it says. */
export interface PresentedMail {
  id: string;
  kind: MailKind;
  state: MailState;
  detail: string | null;
  shop: string;
  token_id: string;
  customer_id: string | null;
  to: string | null;
  days_ahead: number | null;
  attempts: number;
  created_at: number;
  next_attempt_at: number | null;
  finished_at: number | null;
  can_retry: boolean;
}

/** A page of the log, newest first. */
export async function listMails(
  deps: Pick<MailLogDeps, "database">,
  caller: Caller,
  query: MailListQuery,
): Promise<{ mails: PresentedMail[]; nextCursor: string | undefined }> {
  const { db } = deps.database;
  const { token_id: token, customer_id: customerId, state, limit = DEFAULT_LIMIT } = query;
  if (customerId !== undefined) await refuseAmbiguousCustomer(db, caller, customerId);
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "mail");
  const rows = await listVisibleMails(db, caller, { token, customerId, state, after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const isCut = rows.length > page.length && last !== undefined;
  return {
    mails: page.map(presentMail),
    nextCursor: isCut ? writeCursor({ at: last.created_at, id: last.id }) : undefined,
  };
}

/** Sends a mail again that failed, or one that waits at once. Throws `resource.conflict` with the reason where it cannot be. */
export async function retryMail(deps: MailLogDeps, caller: Caller, id: string): Promise<PresentedMail> {
  return await deps.database.transaction(async (trx) => {
    const before = await getVisibleMail(trx, caller, id);
    const problem = await sendMailAgain(deps, trx, id, nowSeconds(deps.clock));
    if (problem !== undefined) throw new AppError("resource.conflict", problem);
    const after = await getVisibleMail(trx, caller, id);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "mail.retried",
      target: { kind: "token", id: before.token },
      shop: before.shop,
      details: { before: { mail: id, state: before.state }, after: { mail: id, state: after.state } },
    });
    return presentMail(after);
  });
}

async function getVisibleMail(db: Db, caller: Caller, id: string): Promise<LoggedMailRow> {
  const row = ID.test(id) ? await findVisibleMail(db, caller, id) : undefined;
  if (row === undefined) throw new AppError("resource.not_found", "There is no such mail.");
  return row;
}

function presentMail(row: LoggedMailRow): PresentedMail {
  const { id, kind, state, detail, shop, token, customer_id, recipient } = row;
  const { days_ahead, attempts, created_at, next_attempt_at, finished_at } = row;
  const isWhole = kind !== "ready" || Boolean(row.has_secret);
  return {
    ...{ id, kind, state, detail, shop, token_id: token, customer_id, to: recipient },
    ...{ days_ahead, attempts, created_at, next_attempt_at, finished_at },
    can_retry: state === "failed" && recipient !== null && isWhole,
  };
}
