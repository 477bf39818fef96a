import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import { isMailAddress } from "../../platform/mail/index.ts";
import type { Db } from "../../schema.ts";
import { hasHadAnyAddress, rememberAddress } from "./customer-addresses.ts";
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
 * The customer a shop names in a token's metadata, made if it is new (spec: Step 3). The address of a sale is that
 * sale's: the first one is the customer's too, and a later one never is, because two sites that sell with one key name
 * different people by the same id. It has no audit record of its own: that of the token that is sold holds the address
 * among its personal values.
 */
export async function ensureCustomer(
  db: Db,
  seller: { shop: string; packageBound: readonly string[] | null },
  buyer: Buyer,
  now: number,
): Promise<CustomerRow> {
  const { shop } = seller;
  const { customerId, email } = buyer;
  const known = await findCustomer(db, shop, customerId);
  const isNew = known === undefined && (await addCustomer(db, shop, buyer, now));
  const customer = known ?? (await findCustomer(db, shop, customerId));
  if (customer === undefined) throw new AppError("internal.unexpected", "The customer could not be stored.");
  // Nobody buys under the name that stands for somebody who is forgotten.
  if (customer.erased_at !== null) {
    throw new AppError("request.invalid", "This customer was erased; nothing can be sold or granted to it.");
  }
  if (email === null || !isMailAddress(email.trim())) return customer;
  if (!isNew && !(await lacksAddress(db, seller, customer))) return customer;
  if (!isNew) await updateCustomerEmail(db, customer.id, email, now);
  await rememberAddress(db, customer.id, email, now);
  return { ...customer, email };
}

/** Nobody ever named one, as far as the seller may know; one that was taken away is not missing. */
async function lacksAddress(
  db: Db,
  seller: { shop: string; packageBound: readonly string[] | null },
  customer: CustomerRow,
): Promise<boolean> {
  if (customer.email !== null && isMailAddress(customer.email.trim())) return false;
  return !(await hasHadAnyAddress(db, customer.id)) && (await isCustomerVisible(db, seller, customer.id));
}

/** False where somebody else made it in the same moment. */
async function addCustomer(db: Db, shop: string, { customerId, email }: Buyer, now: number): Promise<boolean> {
  const times = { created_at: now, updated_at: now, erased_at: null };
  return await insertCustomerIfMissing(db, {
    ...{ id: newId("cust"), shop, customer_id: customerId.trim(), email },
    ...times,
  });
}

/**
 * For a sale that has stored its row, and by that holds its customer (`customers.id`): an erasure that came in between
 * was not told of the sale, so the sale must not stay. The shop tries again, and sells to a new customer.
 */
export async function refuseErasedBuyer(trx: Db, customer: string | null): Promise<void> {
  if (customer === null || !(await isCustomerErased(trx, customer))) return;
  throw new AppError("request.in_flight", "The customer is being erased right now.");
}
