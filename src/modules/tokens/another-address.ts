import { isMailAddress } from "../../platform/mail/index.ts";
import type { Db } from "../../schema.ts";
import { findCustomerById, hasHadAddress } from "../customers/index.ts";
import type { BuyersOrder } from "./order-tokens.ts";
import { searchableEmail } from "./token-metadata.ts";
import type { TokenRow } from "./token-queries.ts";

/** A `customer_id` alone is no identity: whether this address is none that the customer has or ever had. */
export async function isAnotherAddress(trx: Db, customer: string, email: string | undefined): Promise<boolean> {
  if (email === undefined || !isMailAddress(email.trim())) return false;
  const address = searchableEmail(email);
  const known = await findCustomerById(trx, customer);
  if (known === undefined || searchableEmail(known.email ?? address) === address) return false;
  return !(await hasHadAddress(trx, customer, address));
}

export interface BuyersTokens {
  rows: TokenRow[];
  /** Of a sale to whom nobody knows to be the customer. */
  strangerAddress: string | undefined;
}

/**
 * Of the tokens of a customer's order those that were sold to the same person: two shops that both begin to count at
 * one have one customer and one order of a number, and two people. Those of one address are one person's, and so are
 * those of addresses that the customer has or had.
 */
export async function onlyOfBuyer(trx: Db, { buyer }: BuyersOrder, rows: readonly TokenRow[]): Promise<BuyersTokens> {
  const { customer, email } = buyer;
  if (customer === null) return { rows: [...rows], strangerAddress: undefined };
  const isStrange = async (address: string | null) => await isAnotherAddress(trx, customer, address ?? undefined);
  const isStranger = await isStrange(email);
  const same: TokenRow[] = [];
  for (const row of rows) {
    const isSame = row.customer_email === email || !(isStranger || (await isStrange(row.customer_email)));
    if (isSame) same.push(row);
  }
  return { rows: same, strangerAddress: isStranger && email !== null ? email : undefined };
}
