import type { Selectable } from "kysely";
import type { CustomerTable, Db } from "../../schema.ts";
import { isAmongHolders } from "../grants/index.ts";
import { visibleTokens } from "../tokens/index.ts";

export type AccessCustomer = Pick<Selectable<CustomerTable>, "id" | "customer_id" | "email">;

export async function listCustomersById(db: Db, ids: readonly string[]): Promise<Map<string, AccessCustomer>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("customers").select(["id", "customer_id", "email"]).where("id", "in", ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Active tokens that a caller may see and that have a grant in force of one of these patterns. */
export async function countVisibleHolders(
  db: Db,
  visibility: { shop: string | null; packageBound: readonly string[] | null },
  patterns: readonly string[],
  now: number,
): Promise<{ tokens: number; customers: number }> {
  return await db
    .selectFrom("tokens")
    .$call(visibleTokens(visibility))
    .select((e) => [e.fn.countAll<number>().as("tokens"), e.fn.count<number>("customer").distinct().as("customers")])
    .where(isAmongHolders(patterns, now))
    .where("revoked_at", "is", null)
    .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", now)]))
    .executeTakeFirstOrThrow();
}
