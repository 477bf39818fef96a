import { setImmediate } from "node:timers/promises";
import type { Db } from "../../schema.ts";
import { findAuditPosition, listAuditRows } from "./audit-queries.ts";
import type { AuditFilter, AuditRow } from "./audit-queries.ts";

/** An audit record as it is shown; `personal` is null where nothing personal was recorded or it was erased. */
export interface AuditRecord {
  id: string;
  /** Its place in the sealed chain; null while it waits to be sealed. */
  sequence: number | null;
  occurred_at: number;
  actor: { kind: string; id: string | null };
  action: string;
  target: { kind: string; id: string };
  shop: string | null;
  request_id: string | null;
  details: Record<string, unknown>;
  personal: Record<string, unknown> | null;
}

/** Which records; see {@link AuditFilter}. */
export type AuditSelection = Omit<AuditFilter, "limit" | "after">;

/** Newest first. */
export async function listAuditEvents(deps: { db: Db }, filter: Omit<AuditFilter, "after">): Promise<AuditRecord[]> {
  return (await listAuditRows(deps.db, filter)).map(presentRecord);
}

/**
 * A page of records, newest first; `after` is the id of the last record of the page before. Undefined when there is
 * no such record. Its place is looked up anew, because sealing moves it between two pages.
 */
export async function pageAuditEvents(
  deps: { db: Db },
  selection: AuditSelection,
  page: { limit: number; after?: string | undefined },
): Promise<{ records: AuditRecord[]; hasMore: boolean } | undefined> {
  const after = page.after === undefined ? undefined : await findAuditPosition(deps.db, page.after);
  if (page.after !== undefined && after === undefined) return undefined;
  const rows = await listAuditRows(deps.db, { ...selection, limit: page.limit + 1, after });
  return { records: rows.slice(0, page.limit).map(presentRecord), hasMore: rows.length > page.limit };
}

const RECORDS_AT_ONCE = 500;

/**
 * Every record, newest first, in batches: between two of them the database is free for others. What happens meanwhile
 * is newer than what was read, so it changes nothing of the result.
 */
export async function* walkAuditEvents(deps: { db: Db }, selection: AuditSelection): AsyncGenerator<AuditRecord[]> {
  let after: string | undefined;
  for (;;) {
    const page = await pageAuditEvents(deps, selection, { limit: RECORDS_AT_ONCE, after });
    if (page === undefined || page.records.length === 0) return;
    yield page.records;
    if (!page.hasMore) return;
    after = page.records.at(-1)?.id;
    // SQLite answers at once, without ever letting go of the thread by itself.
    await setImmediate();
  }
}

function presentRecord(row: AuditRow): AuditRecord {
  return {
    id: row.id,
    sequence: row.sequence,
    occurred_at: row.occurred_at,
    actor: { kind: row.actor_kind, id: row.actor_id },
    action: row.action,
    target: { kind: row.target_kind, id: row.target_id },
    shop: row.shop,
    request_id: row.request_id,
    details: JSON.parse(row.details) as Record<string, unknown>,
    personal: row.personal_values === null ? null : (JSON.parse(row.personal_values) as Record<string, unknown>),
  };
}
