import { setImmediate } from "node:timers/promises";
import type { Db } from "../../schema.ts";
import { findAuditPosition, listActions, listAuditRows } from "./audit-queries.ts";
import type { AuditFilter, AuditRow } from "./audit-queries.ts";
import { findActorNames, findCustomerIds } from "./label-queries.ts";
import { WHOLE_SIGHT, findHiddenRecords, isVeiled } from "./record-sight.ts";
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

const RECORDS_AT_ONCE = 500;

/** Of records that are hidden from the reader so many are passed over for one page, which is then a short one. */
const PASSED_OVER_MAX = 10_000;

/** A page of records, and the id of the record behind which the next one begins; undefined where there is no more. */
export interface AuditPage {
  records: AuditRecord[];
  next: string | undefined;
}

/**
 * A page of records, newest first; `after` is where the page before said. Undefined when there is no such record. Its
 * place is looked up anew, because sealing moves it between two pages.
 */
export async function pageAuditEvents(
  deps: { db: Db },
  selection: SightedSelection,
  page: { limit: number; after?: string | undefined },
): Promise<AuditPage | undefined> {
  const { db } = deps;
  const { action, sight, ...others } = selection;
  const actions = await actionsMeant(db, action);
  const batch = sight.bounded !== undefined ? Math.max(page.limit, RECORDS_AT_ONCE) : page.limit;
  const kept: AuditRow[] = [];
  let last = page.after;
  for (let seen = 0; ; seen += batch) {
    const after = last === undefined ? undefined : await findAuditPosition(db, last);
    if (last !== undefined && after === undefined) return undefined;
    const rows = await listAuditRows(db, { ...others, actions, limit: batch + 1, after });
    const hidden = await findHiddenRecords(sight, rows);
    const looked = rows.slice(0, batch);
    const isFull = () => kept.length === page.limit;
    for (const row of looked.filter((one) => !hidden.has(one)).slice(0, page.limit - kept.length)) kept.push(row);
    last = isFull() ? kept.at(-1)?.id : looked.at(-1)?.id;
    const hasMore = rows.length > batch || last !== looked.at(-1)?.id;
    if (!hasMore || isFull() || seen + batch >= PASSED_OVER_MAX) {
      return { records: await presentRecords(db, kept, sight), next: hasMore ? last : undefined };
    }
    await setImmediate();
  }
}

/**
 * Every record, newest first, in batches: between two of them the database is free for others. What happens meanwhile
 * is newer than what was read, so it changes nothing of the result.
 */
export async function* walkAuditEvents(deps: { db: Db }, selection: SightedSelection): AsyncGenerator<AuditRecord[]> {
  let after: string | undefined;
  for (;;) {
    const page = await pageAuditEvents(deps, selection, { limit: RECORDS_AT_ONCE, after });
    if (page === undefined) return;
    if (page.records.length > 0) yield page.records;
    if (page.next === undefined) return;
    after = page.next;
    // SQLite answers at once, without ever letting go of the thread by itself.
    await setImmediate();
  }
}

async function presentRecords(db: Db, rows: readonly AuditRow[], sight: RecordSight): Promise<AuditRecord[]> {
  const distinct = (ids: (string | null)[]) => [...new Set(ids.filter((id) => id !== null))];
  const names = await findActorNames(db, distinct(rows.map((row) => row.actor_id)));
  const customers = await findCustomerIds(db, distinct(rows.map((row) => row.customer)));
  const targets = await findTargetLabels(db, rows);
  return rows.map((row) => {
    const record = presentRecord(row, { names, customers, targets });
    return isVeiled(sight, row) ? { ...record, target: { ...record.target, label: null }, personal: null } : record;
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
