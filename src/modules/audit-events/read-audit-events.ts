import { foreignCursor } from "../../platform/http/paging.ts";
import type { Database } from "../../schema.ts";
import { pageAuditEvents, walkAuditEvents } from "../audit/index.ts";
import type { AuditRecord, SightedSelection } from "../audit/index.ts";
import { refuseAmbiguousCustomer } from "../customers/index.ts";
import { recordSightOf } from "./record-sight.ts";
import type { RecordReader } from "./record-sight.ts";
import type { AuditEventExportQuery, AuditEventListQuery } from "./audit-event-schemas.ts";

const DEFAULT_LIMIT = 100;

export interface AuditReadDeps {
  database: Pick<Database, "db">;
}

/** A page of the records the caller may see, newest first, and where the next one begins. */
export async function listVisibleAuditEvents(
  deps: AuditReadDeps,
  caller: RecordReader,
  query: AuditEventListQuery,
): Promise<{ records: AuditRecord[]; nextCursor: string | undefined }> {
  await refuseAmbiguity(deps, caller, query);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : Buffer.from(query.cursor, "base64url").toString("latin1");
  if (after !== undefined && !/^evt_[0-9A-Za-z]{1,40}$/.test(after)) throw foreignCursor();
  const page = await pageAuditEvents(deps.database, selectionOf(deps, caller, query), { limit, after });
  if (page === undefined) throw foreignCursor();
  const nextCursor = page.next === undefined ? undefined : Buffer.from(page.next).toString("base64url");
  return { records: page.records, nextCursor };
}

/** Everything the caller may see, as lines of JSON, piece by piece; what is wrong with the query is told before. */
export async function exportAuditEvents(
  deps: AuditReadDeps,
  caller: RecordReader,
  query: AuditEventExportQuery,
): Promise<AsyncGenerator<string>> {
  await refuseAmbiguity(deps, caller, query);
  return linesOf(walkAuditEvents(deps.database, selectionOf(deps, caller, query)));
}

async function* linesOf(walk: AsyncIterable<AuditRecord[]>): AsyncGenerator<string> {
  for await (const records of walk) yield records.map((record) => `${JSON.stringify(record)}\n`).join("");
}

async function refuseAmbiguity(deps: AuditReadDeps, caller: RecordReader, query: AuditEventExportQuery): Promise<void> {
  if (query.customer_id !== undefined) await refuseAmbiguousCustomer(deps.database.db, caller, query.customer_id);
}

/** What belongs to no shop is the whole server's business: nothing for a caller that is kept to some packages. */
function selectionOf(deps: AuditReadDeps, caller: RecordReader, query: AuditEventExportQuery): SightedSelection {
  return {
    action: query.action,
    actor: query.actor_id,
    anyId: query.q,
    target: query.target_id,
    customerId: query.customer_id,
    since: query.since,
    until: query.until,
    sight: recordSightOf(deps.database.db, caller),
    visible: caller.shop === null ? undefined : { shop: caller.shop, withShopless: caller.packageBound === null },
  };
}
