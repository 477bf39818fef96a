import type { Db } from "../../schema.ts";
import { visibleCustomers } from "../customers/index.ts";
import { visibleTokens } from "../tokens/index.ts";

/** How far a caller sees. */
export interface Visibility {
  shop: string | null;
  packageBound: readonly string[] | null;
}

/** Something that a filter finds. */
export interface Named {
  kind: "customer" | "token";
  id: string;
  /** `customers.id`; null for the token of a guest order. */
  customer: string | null;
}

/** A customer of this id whom the caller sees, or who has a token that it sees, whatever became of both. */
export async function findCustomerOfId(db: Db, visibility: Visibility, customerId: string): Promise<Named | undefined> {
  const customer = await db
    .selectFrom("customers")
    .select("id")
    .where("customer_id", "=", customerId)
    .$call(visibleCustomers(visibility))
    .executeTakeFirst();
  if (customer !== undefined) return ofCustomer(customer.id);
  const token = await db
    .selectFrom("tokens")
    .select(["id", "customer"])
    .where("customer", "in", (sub) => sub.selectFrom("customers").select("id").where("customer_id", "=", customerId))
    .$call(visibleTokens(visibility))
    .executeTakeFirst();
  return token === undefined ? undefined : ofToken(token);
}

/** Somebody with this lower-cased address, now or before: by a token, guest orders included, or as a customer. */
export async function findHolderOfEmail(db: Db, visibility: Visibility, email: string): Promise<Named | undefined> {
  const token = await db
    .selectFrom("tokens")
    .select(["id", "customer"])
    .where("customer_email", "=", email)
    .$call(visibleTokens(visibility))
    .executeTakeFirst();
  if (token !== undefined) return ofToken(token);
  const customer = await db
    .selectFrom("customers")
    .select("id")
    .where("id", "in", (sub) => sub.selectFrom("customer_addresses").select("customer").where("email", "=", email))
    .$call(visibleCustomers(visibility))
    .executeTakeFirst();
  return customer === undefined ? undefined : ofCustomer(customer.id);
}

/** A token of this order, whatever became of it. */
export async function findTokenOfOrderId(db: Db, visibility: Visibility, orderId: string): Promise<Named | undefined> {
  const token = await db
    .selectFrom("tokens")
    .select(["id", "customer"])
    .where("order_id", "=", orderId)
    .$call(visibleTokens(visibility))
    .executeTakeFirst();
  return token === undefined ? undefined : { kind: "token", ...token };
}

function ofCustomer(id: string): Named {
  return { kind: "customer", id, customer: id };
}

function ofToken({ id, customer }: { id: string; customer: string | null }): Named {
  return customer === null ? { kind: "token", id, customer } : ofCustomer(customer);
}
