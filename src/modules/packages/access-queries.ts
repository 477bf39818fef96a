import type { Selectable } from "kysely";
import type { CustomerTable, Db } from "../../schema.ts";

export type AccessCustomer = Pick<Selectable<CustomerTable>, "id" | "customer_id" | "email">;

export async function listCustomersById(db: Db, ids: readonly string[]): Promise<Map<string, AccessCustomer>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("customers").select(["id", "customer_id", "email"]).where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}
