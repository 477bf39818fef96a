import type { Db } from "../../schema.ts";
import { listAuditRows } from "./audit-queries.ts";

/** An audit record as it is shown; `personal` is null where nothing personal was recorded or it was erased. */
export interface AuditRecord {
  id: string;
  occurred_at: number;
  actor: { kind: string; id: string | null };
  action: string;
  target: { kind: string; id: string };
  shop: string | null;
  request_id: string | null;
  details: unknown;
  personal: unknown;
}

/** Newest first. */
export async function listAuditEvents(
  deps: { db: Db },
  filter: { limit: number; target?: string | undefined; action?: string | undefined },
): Promise<AuditRecord[]> {
  const rows = await listAuditRows(deps.db, filter);
  return rows.map((row) => ({
    id: row.id,
    occurred_at: row.occurred_at,
    actor: { kind: row.actor_kind, id: row.actor_id },
    action: row.action,
    target: { kind: row.target_kind, id: row.target_id },
    shop: row.shop,
    request_id: row.request_id,
    details: JSON.parse(row.details) as unknown,
    personal: row.personal_values === null ? null : (JSON.parse(row.personal_values) as unknown),
  }));
}
