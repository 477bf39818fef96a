import { isMailAddress } from "../../platform/mail/index.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { raiseAttention } from "../attention/index.ts";
import { canonicalAddress, findAddress } from "./customer-addresses.ts";
import { findCustomerById, isCustomerVisible } from "./customer-queries.ts";
import type { CustomerVisibility } from "./customer-queries.ts";

/** A sale to a customer, with the address that came with it. */
export interface SaleWithAddress {
  /** `customers.id`; null for a guest. */
  customer: string | null;
  email: string | undefined;
  /** What else the entry should say, such as the order's id; nothing that identifies a person. */
  details: Record<string, unknown>;
  /** Tells entries of one customer apart, where each has something of its own to decide; "" for one entry. */
  distinct?: string;
}

export interface SaleAddressNote {
  /** Another one than the customer has now. */
  disagrees: boolean;
  /** It differs from every address that this customer has or ever had: somebody else may be meant. */
  isUnknown: boolean;
  /** For the answer; empty where the seller may not know of the customer. */
  warnings: string[];
}

const AGREES: SaleAddressNote = { disagrees: false, isUnknown: false, warnings: [] };

/**
 * Compares the address of a sale with its customer's, in the transaction of the sale, and asks for somebody's look
 * where they disagree; never changes either. An address that the customer has besides is no reason to look again.
 */
export async function noteSaleAddress(
  deps: { clock: Clock },
  trx: Db,
  seller: CustomerVisibility,
  { customer: id, email, details, distinct }: SaleWithAddress,
): Promise<SaleAddressNote> {
  const address = canonicalAddress(email ?? "");
  if (id === null || !isMailAddress(address)) return AGREES;
  const customer = await findCustomerById(trx, id);
  if (customer === undefined || canonicalAddress(customer.email ?? address) === address) return AGREES;
  const known = await findAddress(trx, id, address);
  const isUnknown = known === undefined;
  if (isUnknown || known.replaced_at !== null) {
    await raiseAttention(deps, trx, {
      kind: "customer.another_address",
      ...{ shop: customer.shop, customer: id, subject: { kind: "customer", id } },
      ...(distinct === undefined ? {} : { distinct }),
      details: { ...details, is_unknown: isUnknown },
    });
  }
  const isKnownToSeller = await isCustomerVisible(trx, seller, id);
  return { disagrees: true, isUnknown, warnings: isKnownToSeller ? [DISAGREES] : [] };
}

const DISAGREES =
  "metadata.customer_email is not the address of this customer: mails about this token go to it, and the customer keeps its own. If the customer has a new address, PATCH /api/customers/{customer_id}; if it is somebody else, sell to another customer_id.";
