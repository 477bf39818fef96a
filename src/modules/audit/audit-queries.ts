import type { Insertable, Selectable } from "kysely";
import type { AuditEventTable, AuditPersonalValueTable, Db } from "../../schema.ts";

export type AuditRow = Selectable<AuditEventTable> & { personal_values: string | null };

export async function insertAuditEvent(db: Db, row: Insertable<AuditEventTable>): Promise<void> {
  await db.insertInto("audit_events").values(row).execute();
}

export async function insertPersonalValues(db: Db, row: Insertable<AuditPersonalValueTable>): Promise<void> {
  await db.insertInto("audit_personal_values").values(row).execute();
}

/** Newest first; `before` is the (occurred_at, id) of the last record already seen. */
export async function listAuditRows(
  db: Db,
  filter: { limit: number; target?: string | undefined; action?: string | undefined },
): Promise<AuditRow[]> {
  return await db
    .selectFrom("audit_events")
    .leftJoin("audit_personal_values", "audit_personal_values.event", "audit_events.id")
    .selectAll("audit_events")
    .select("audit_personal_values.personal_values")
    .$if(filter.target !== undefined, (query) => query.where("target_id", "=", filter.target ?? ""))
    .$if(filter.action !== undefined, (query) => query.where("action", "=", filter.action ?? ""))
    .orderBy("occurred_at", "desc")
    .orderBy("audit_events.id", "desc")
    .limit(filter.limit)
    .execute();
}
