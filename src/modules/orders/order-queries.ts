import type { Engine } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { goesOn, withinBound } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import { visibleTokens } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";

/** Every token of an order that the caller sees, whatever became of it. */
export async function listTokensOfOrder(
  db: Db,
  caller: Caller & { shop: string },
  orderId: string,
): Promise<TokenRow[]> {
  return await db
    .selectFrom("tokens")
    .selectAll()
    .where("order_id", "=", orderId)
    .$call(visibleTokens(caller))
    .orderBy("id")
    .execute();
}

/** Holds tokens of an order until the transaction ends; after their customer. */
export async function lockTokensOfOrder(
  trx: Db,
  engine: Engine,
  orderId: string,
  ids: readonly string[],
): Promise<void> {
  if (engine === "sqlite" || ids.length === 0) return;
  await trx
    .selectFrom("tokens")
    .select("id")
    .where("order_id", "=", orderId)
    .where("id", "in", [...ids])
    .orderBy("id")
    .forNoKeyUpdate()
    .execute();
}

/** The customers (`customers.id`) of the shop to whom this order granted something within the bound. */
export async function listCustomersOfOrder(
  db: Db,
  { shop, packageBound }: Caller & { shop: string },
  orderId: string,
): Promise<string[]> {
  const rows = await db
    .selectFrom("grants")
    .innerJoin("customers", "customers.id", "grants.customer")
    .select("customers.id")
    .distinct()
    .where("grants.order_id", "=", orderId)
    .where("customers.shop", "=", shop)
    .where(withinBound(packageBound, "grants.package_pattern"))
    .orderBy("customers.id")
    .execute();
  return rows.map((row) => row.id);
}

/** What an order granted to a customer (`customers.id`), or of it what lies within a bound; ended ones too. */
export async function listGrantsOfOrder(
  db: Db,
  customer: string,
  orderId: string,
  bound: readonly string[] | null = null,
): Promise<GrantRow[]> {
  return await db
    .selectFrom("grants")
    .selectAll()
    .where("customer", "=", customer)
    .where("order_id", "=", orderId)
    .where(withinBound(bound, "package_pattern"))
    .orderBy("id")
    .execute();
}

/** Whether a customer (`customers.id`) holds anything that is not over, its days of grace neither. */
export async function holdsAnything(db: Db, customer: string, now: number): Promise<boolean> {
  const row = await db
    .selectFrom("grants")
    .select("id")
    .where("customer", "=", customer)
    .where("revoked_at", "is", null)
    .where(goesOn("grants", now))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
