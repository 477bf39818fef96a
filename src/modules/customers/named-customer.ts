import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { isCustomerVisible, listCustomersNamed } from "./customer-queries.ts";
import type { CustomerRow } from "./customer-queries.ts";

/**
 * The customer a shop calls so, among the shops the caller sees; 404 when there is none. Where several shops have one,
 * guessing would show, or revoke, another shop's customer: 400.
 */
export async function getNamedCustomer(db: Db, caller: Caller, customerId: string): Promise<CustomerRow> {
  const [customer, ...others] = await listCustomersNamed(db, caller.shop, customerId);
  if (customer === undefined) throw new AppError("resource.not_found", "There is no such customer.");
  if (others.length > 0) throw severalShops([customer, ...others]);
  return customer;
}

/** By the shop's own id. What a caller may not see does not exist for it. */
export async function getVisibleCustomer(db: Db, caller: Caller, customerId: string): Promise<CustomerRow> {
  const customer = await getNamedCustomer(db, caller, customerId);
  if (caller.packageBound === null || (await isCustomerVisible(db, caller, customer.id))) return customer;
  throw new AppError("resource.not_found", "There is no such customer.");
}

/** For a filter: a user who sees all shops must say whose customer is meant. */
export async function refuseAmbiguousCustomer(db: Db, caller: Caller, customerId: string): Promise<void> {
  if (caller.actor.kind !== "user" || caller.shop !== null) return;
  const customers = await listCustomersNamed(db, null, customerId);
  if (customers.length > 1) throw severalShops(customers);
}

function severalShops(customers: readonly CustomerRow[]): Error {
  const shops = customers.map(({ shop }) => shop).join(", ");
  return invalidField("?shop", `is missing, and several shops have a customer of this id: ${shops}`);
}
