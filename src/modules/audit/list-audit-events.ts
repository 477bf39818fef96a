import { setImmediate } from "node:timers/promises";
import type { Db } from "../../schema.ts";
import { findAuditPosition, listActions, listAuditRows } from "./audit-queries.ts";
import type { AuditFilter, AuditRow } from "./audit-queries.ts";
import { findActorNames, findCustomerIds } from "./label-queries.ts";
import { WHOLE_SIGHT, findVeiledRecords } from "./record-sight.ts";
import type { RecordSight } from "./record-sight.ts";
import { findTargetLabels } from "./target-labels.ts";

/** An audit record as it is shown; `personal` is null where there is nothing, or nothing for this reader. */
export interface AuditRecord {
  id: string;
  /** Its place in the sealed chain; null while it waits to be sealed. */
  sequence: number | null;
  occurred_at: number;
  /** `label`: the name of a management token or a user; null when there is none, or none any more. */
  actor: { kind: string; id: string | null; label: string | null };
  action: string;
  /** `label`: what people call it now, such as a customer's e-mail address; null when it has no name, or none any more. */
  target: { kind: string; id: string; label: string | null };
  shop: string | null;
  /** The shop's own id of the customer it is about. */
  customer_id: string | null;
  request_id: string | null;
  details: Record<string, unknown>;
  personal: Record<string, unknown> | null;
}

/** Which records; see {@link AuditFilter}. */
export interface AuditSelection extends Omit<AuditFilter, "limit" | "after" | "actions"> {
  /** One action, or all that begin so: `token.` or `token.*`. */
  action?: string | undefined;
}

/** What a reader of the API may see; there is no default, so that nobody is shown more by oversight. */
export type SightedSelection = AuditSelection & { sight: RecordSight };

/** Newest first, with everything: for the command line. */
export async function listAuditEvents(
  deps: { db: Db },
  selection: AuditSelection & { limit: number },
): Promise<AuditRecord[]> {
  return (await pageAuditEvents(deps, { ...selection, sight: WHOLE_SIGHT }, { limit: selection.limit }))?.records ?? [];
}

async function actionsMeant(db: Db, action: string | undefined): Promise<string[] | undefined> {
  if (action === undefined || action === "*") return undefined;
  if (!/[.*]$/.test(action)) return [action];
  const start = action.replace(/\*$/, "");
  return (await listActions(db)).filter((one) => one.startsWith(start));
}

/**
 * A page of records, newest first; `after` is the id of the last record of the page before. Undefined when there is
 * no such record. Its place is looked up anew, because sealing moves it between two pages.
 */
export async function pageAuditEvents(
  deps: { db: Db },
  selection: SightedSelection,
  page: { limit: number; after?: string | undefined },
): Promise<{ records: AuditRecord[]; hasMore: boolean } | undefined> {
  const after = page.after === undefined ? undefined : await findAuditPosition(deps.db, page.after);
  if (page.after !== undefined && after === undefined) return undefined;
  const { action, sight, ...others } = selection;
  const actions = await actionsMeant(deps.db, action);
  const rows = await listAuditRows(deps.db, { ...others, actions, limit: page.limit + 1, after });
  return {
    records: await presentRecords(deps.db, rows.slice(0, page.limit), sight),
    hasMore: rows.length > page.limit,
  };
}

const RECORDS_AT_ONCE = 500;

/**
 * Every record, newest first, in batches: between two of them the database is free for others. What happens meanwhile
 * is newer than what was read, so it changes nothing of the result.
 */
export async function* walkAuditEvents(deps: { db: Db }, selection: SightedSelection): AsyncGenerator<AuditRecord[]> {
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

async function presentRecords(db: Db, rows: readonly AuditRow[], sight: RecordSight): Promise<AuditRecord[]> {
  const distinct = (ids: (string | null)[]) => [...new Set(ids.filter((id) => id !== null))];
  const names = await findActorNames(db, distinct(rows.map((row) => row.actor_id)));
  const customers = await findCustomerIds(db, distinct(rows.map((row) => row.customer)));
  const targets = await findTargetLabels(db, rows);
  const veiled = await findVeiledRecords(sight, rows);
  return rows.map((row) => {
    const record = presentRecord(row, { names, customers, targets });
    return veiled.has(row) ? { ...record, target: { ...record.target, label: null }, personal: null } : record;
  });
}

function presentRecord(
  row: AuditRow,
  { names, customers, targets }: Record<"names" | "customers" | "targets", ReadonlyMap<string, string>>,
): AuditRecord {
  return {
    id: row.id,
    sequence: row.sequence,
    occurred_at: row.occurred_at,
    actor: { kind: row.actor_kind, id: row.actor_id, label: names.get(row.actor_id ?? "") ?? null },
    action: row.action,
    target: { kind: row.target_kind, id: row.target_id, label: targets.get(row.target_id) ?? null },
    shop: row.shop,
    customer_id: customers.get(row.customer ?? "") ?? null,
    request_id: row.request_id,
    details: JSON.parse(row.details) as Record<string, unknown>,
    personal: row.personal_values === null ? null : (JSON.parse(row.personal_values) as Record<string, unknown>),
  };
}
