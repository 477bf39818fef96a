import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { findCustomer, insertCustomerIfMissing, updateCustomerEmail } from "./customer-queries.ts";
import type { CustomerRow } from "./customer-queries.ts";

/** Who bought, as a shop names it. */
export interface Buyer {
  customerId: string;
  email: string | null;
}

/**
 * The customer a shop names in a token's metadata, made if it is new (spec: Step 3). A later e-mail replaces an
 * earlier one, a missing one does not.
 */
export async function ensureCustomer(db: Db, shop: string, buyer: Buyer, now: number): Promise<CustomerRow> {
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
  if (buyer.email !== null && customer.email !== buyer.email) {
    await updateCustomerEmail(db, customer.id, buyer.email, now);
  }
  return customer;
}
