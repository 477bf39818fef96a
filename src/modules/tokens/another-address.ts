import { isMailAddress } from "../../platform/mail/index.ts";
import type { Db } from "../../schema.ts";
import { findCustomerById, hasHadAddress } from "../customers/index.ts";
import type { OrderBuyer } from "../order-states/index.ts";
import { searchableEmail } from "./token-metadata.ts";
import type { TokenRow } from "./token-queries.ts";

/** A `customer_id` alone is no identity: whether this address is none that the customer has or ever had. */
export async function isAnotherAddress(db: Db, customer: string, email: string | undefined): Promise<boolean> {
  if (email === undefined || !isMailAddress(email.trim())) return false;
  const address = searchableEmail(email);
  const known = await findCustomerById(db, customer);
  if (known === undefined || searchableEmail(known.email ?? address) === address) return false;
  return !(await hasHadAddress(db, customer, address));
}

export interface BuyersTokens<Row> {
  rows: Row[];
  /** Of a sale to somebody whom nobody confirmed to be the customer. */
  strangerAddress: string | undefined;
}

/**
 * Of the tokens of a customer those that were sold to the same person: two shops that both begin to count at one have
 * one customer and one order of a number, and two people. Those of one address are one person's, and so are those of
 * addresses that the customer has or had.
 */
export async function onlyOfBuyer<Row extends Pick<TokenRow, "customer_email">>(
  db: Db,
  { customer, email }: OrderBuyer,
  rows: readonly Row[],
): Promise<BuyersTokens<Row>> {
  if (customer === null) return { rows: [...rows], strangerAddress: undefined };
  const isStrange = async (address: string | null) => await isAnotherAddress(db, customer, address ?? undefined);
  const isStranger = await isStrange(email);
  const same: Row[] = [];
  for (const row of rows) {
    const isSame = row.customer_email === email || !(isStranger || (await isStrange(row.customer_email)));
    if (isSame) same.push(row);
  }
  return { rows: same, strangerAddress: isStranger && email !== null ? email : undefined };
}
