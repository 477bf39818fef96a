import type { Db } from "../../schema.ts";
import { ensureCustomer } from "../customers/index.ts";
import { searchableEmail } from "./token-metadata.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import type { TokenRow } from "./token-queries.ts";

/** What of a token follows from its metadata; makes the customer if it is new. */
export async function metadataColumns(
  trx: Db,
  seller: { shop: string; packageBound: readonly string[] | null },
  metadata: TokenMetadata,
  now: number,
): Promise<Pick<TokenRow, "customer" | "metadata" | "order_id" | "customer_email">> {
  const email = metadata.customerEmail;
  const customer =
    metadata.customerId === undefined
      ? undefined
      : await ensureCustomer(trx, seller, { customerId: metadata.customerId, email: email ?? null }, now);
  return {
    customer: customer?.id ?? null,
    metadata: JSON.stringify(metadata.values),
    order_id: metadata.orderId ?? null,
    customer_email: email === undefined ? null : searchableEmail(email),
  };
}
