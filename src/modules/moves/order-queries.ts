import { sql } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { visibleCustomers } from "../customers/index.ts";
import { visibleTokens } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";

interface Visibility {
  shop: string;
  packageBound: readonly string[] | null;
}

/** `customers.id`, or a guest's address. */
export interface ListedBuyer {
  customer: string | null;
  email: string | null;
}

/** Who has tokens or lines of an order, as far as the caller sees it. */
export async function listBuyers(db: Db, visibility: Visibility, orderId: string): Promise<ListedBuyer[]> {
  const ofTokens = await db
    .selectFrom("tokens")
    .select(["customer", "customer_email"])
    .distinct()
    .where("order_id", "=", orderId)
    .$call(visibleTokens(visibility))
    .execute();
  const ofLines = await db
    .selectFrom("customers")
    .select("id")
    .where("id", "in", (sub) =>
      sub
        .selectFrom("grants")
        .select(sql<string>`grants.customer`.as("customer"))
        .where("order_id", "=", orderId)
        .where("grants.customer", "is not", null),
    )
    .$call(visibleCustomers(visibility))
    .execute();
  const customers = [...ofTokens.flatMap(({ customer }) => customer ?? []), ...ofLines.map(({ id }) => id)];
  const guests = ofTokens.flatMap(({ customer, customer_email }) => (customer === null ? [customer_email] : []));
  return [
    ...[...new Set(customers)].map((customer) => ({ customer, email: null })),
    ...[...new Set(guests)].map((email) => ({ customer: null, email })),
  ];
}

/** The tokens of an order of one buyer, held, whatever became of them: also those that a caller does not see. */
export async function lockTokensOfOrder(
  db: Db,
  engine: Engine,
  { shop, orderId, customer, email }: { shop: string; orderId: string; customer: string | null; email: string | null },
): Promise<TokenRow[]> {
  let query = db.selectFrom("tokens").selectAll().where("shop", "=", shop).where("order_id", "=", orderId);
  query = customer === null ? query.where("customer", "is", null) : query.where("customer", "=", customer);
  if (customer === null) query = query.where("customer_email", email === null ? "is" : "=", email);
  return await query
    .orderBy("id")
    .$if(engine === "postgres", (one) => one.forNoKeyUpdate())
    .execute();
}

/** Whether a caller sees each of these tokens. */
export async function areVisible(db: Db, visibility: Visibility, rows: readonly TokenRow[]): Promise<boolean> {
  if (visibility.packageBound === null || rows.length === 0) return true;
  const seen = await db
    .selectFrom("tokens")
    .select("id")
    .where(
      "id",
      "in",
      rows.map(({ id }) => id),
    )
    .$call(visibleTokens(visibility))
    .execute();
  return seen.length === rows.length;
}

/** Whether a customer has anything in force, or will have, besides this order. */
export async function holdsOther(db: Db, customer: string, orderId: string): Promise<boolean> {
  const row = await db
    .selectFrom("grants")
    .select("id")
    .where("customer", "=", customer)
    .where("revoked_at", "is", null)
    .where((where) => where.or([where("order_id", "is", null), where("order_id", "!=", orderId)]))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
