import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import {
  findCustomer,
  insertCustomerIfMissing,
  isCustomerErased,
  isCustomerVisible,
  updateCustomerEmail,
} from "./customer-queries.ts";
import type { CustomerRow } from "./customer-queries.ts";

/** Who bought, as a shop names it. */
export interface Buyer {
  customerId: string;
  email: string | null;
}

/**
 * The customer a shop names in a token's metadata, made if it is new (spec: Step 3). A later e-mail replaces an
 * earlier one, a missing one does not, and neither does that of a seller for whom the customer does not exist. It has no
 * audit record of its own: that of the token that is sold holds the address among its personal values.
 */
export async function ensureCustomer(
  db: Db,
  seller: { shop: string; packageBound: readonly string[] | null },
  buyer: Buyer,
  now: number,
): Promise<CustomerRow> {
  const { shop } = seller;
  await insertCustomerIfMissing(db, {
    id: newId("cust"),
    shop,
    customer_id: buyer.customerId,
    email: buyer.email,
    created_at: now,
    updated_at: now,
    erased_at: null,
  });
  const customer = await findCustomer(db, shop, buyer.customerId);
  if (customer === undefined) throw new AppError("internal.unexpected", "The customer could not be stored.");
  // Nobody buys under the name that stands for somebody who is forgotten.
  if (customer.erased_at !== null) {
    throw new AppError("request.invalid", "This customer was erased; nothing can be sold or granted to it.");
  }
  const isNew = buyer.email !== null && customer.email !== buyer.email;
  if (isNew && (await isCustomerVisible(db, seller, customer.id))) {
    await updateCustomerEmail(db, customer.id, buyer.email, now);
  }
  return customer;
}

/**
 * For a sale that has stored its row, and by that holds its customer (`customers.id`): an erasure that came in between
 * was not told of the sale, so the sale must not stay. The shop tries again, and sells to a new customer.
 */
export async function refuseErasedBuyer(trx: Db, customer: string | null): Promise<void> {
  if (customer === null || !(await isCustomerErased(trx, customer))) return;
  throw new AppError("request.in_flight", "The customer is being erased right now.");
}
