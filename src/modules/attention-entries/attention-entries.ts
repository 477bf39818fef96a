import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database, Db } from "../../schema.ts";
import { attentionWords } from "../attention/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { findVisibleEntry, listEntryRows, lockEntry, markEntryDismissed } from "./attention-entry-queries.ts";
import type { AttentionEntryRow } from "./attention-entry-queries.ts";
import type { AttentionListQuery } from "./attention-schemas.ts";

const DEFAULT_LIMIT = 100;
const ID = /^attn_[0-9A-Za-z]{1,40}$/;

export interface AttentionDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
}

/** An entry as the API shows it. */
export interface PresentedEntry {
  id: string;
  kind: string;
  title: string;
  what_to_do: string;
  subject: { kind: string; id: string };
  shop: string | null;
  customer_id: string | null;
  times: number;
  created_at: number;
  last_at: number;
  dismissed_at: number | null;
}

/** A page of what needs attention, what happened last first, and where the next one begins. */
export async function listAttention(
  deps: Pick<AttentionDeps, "database">,
  caller: Caller,
  query: AttentionListQuery,
): Promise<{ entries: PresentedEntry[]; nextCursor: string | undefined }> {
  const { status = "open", kind, limit = DEFAULT_LIMIT, cursor } = query;
  const after = cursor === undefined ? undefined : readCursor(cursor, "attn");
  const rows = await listEntryRows(deps.database.db, caller, { status, kind, after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const isCut = rows.length > page.length && last !== undefined;
  return {
    entries: page.map(presentEntry),
    nextCursor: isCut ? writeCursor({ at: last.last_at, id: last.id }) : undefined,
  };
}

/** Says that an entry is settled, until it happens again; 404 where it is nothing the caller sees. */
export async function dismissAttention(
  deps: AttentionDeps,
  caller: Caller,
  id: string,
): Promise<{ entry: PresentedEntry; customer: string | null }> {
  return await deps.database.transaction(async (trx) => {
    const row = await getEntryForChange(deps, trx, caller, id);
    if (row.dismissed_at === null) await dismissHeldEntry(deps, trx, caller, row);
    return { entry: presentEntry(await getVisibleEntry(trx, caller, id)), customer: row.customer };
  });
}

/** The same of an entry that is held. */
export async function dismissHeldEntry(
  deps: AttentionDeps,
  trx: Db,
  caller: Caller,
  row: AttentionEntryRow,
): Promise<void> {
  await markEntryDismissed(trx, row.id, caller.actor.id, nowSeconds(deps.clock));
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "attention.dismissed",
    target: row.customer === null ? { kind: "attention", id: row.id } : { kind: "customer", id: row.customer },
    shop: row.shop,
    customer: row.customer,
    details: { after: { entry: row.id, kind: row.kind, times: row.times } },
  });
}

/** The entry, held still until the transaction ends. */
export async function getEntryForChange(
  deps: Pick<AttentionDeps, "database">,
  trx: Db,
  caller: Caller,
  id: string,
): Promise<AttentionEntryRow> {
  if (ID.test(id)) await lockEntry(trx, deps.database.engine, id);
  return await getVisibleEntry(trx, caller, id);
}

/** 404 where it is nothing the caller sees. */
export async function getVisibleEntry(db: Db, caller: Caller, id: string): Promise<AttentionEntryRow> {
  const row = ID.test(id) ? await findVisibleEntry(db, caller, id) : undefined;
  if (row === undefined) throw new AppError("resource.not_found", "There is no such entry.");
  return row;
}

export function presentEntry(row: AttentionEntryRow): PresentedEntry {
  const { title, whatToDo } = attentionWords(row.kind, JSON.parse(row.details) as Record<string, unknown>);
  return {
    id: row.id,
    kind: row.kind,
    title,
    what_to_do: whatToDo,
    subject: { kind: row.subject_kind, id: row.subject_id },
    shop: row.shop,
    customer_id: row.customer_id,
    times: row.times,
    created_at: row.created_at,
    last_at: row.last_at,
    dismissed_at: row.dismissed_at,
  };
}
