import { hashSecret } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { endedSale, EndedSaleError } from "./ended-sale.ts";
import { searchableEmail } from "./token-metadata.ts";
import type { MetadataValue } from "./token-metadata.ts";
import type { TokenRow } from "./token-queries.ts";
import { findTokenById } from "./token-queries.ts";

/**
 * The token of an answer that is to be given again, with the secret that it holds. What has ended since is 409
 * `sale.ended`; a secret that is not the token's any more, or opens nothing now, is in no answer.
 */
export async function getReplayedToken(db: Db, stored: { id: string; secret: string | undefined }): Promise<TokenRow> {
  const row = await findTokenById(db, stored.id);
  if (row === undefined) throw new EndedSaleError("What this request made is not there any more.");
  if (row.revoked_at !== null) {
    const buyer = { customer: row.customer, email: row.customer === null ? row.customer_email : null };
    const order = { shop: row.shop, orderId: row.order_id ?? "", buyer, isProject: row.access === "project" };
    throw row.order_id === null || order.isProject
      ? new EndedSaleError(
          `The token ${row.id} that this request made was revoked; use a new Idempotency-Key to make another.`,
        )
      : endedSale(order, row);
  }
  if (stored.secret === undefined) return row;
  if (hashSecret(stored.secret) !== row.secret_hash) {
    const cure = "its secret cannot be shown again; rotate it for a new one";
    throw new AppError("resource.conflict", `The token ${row.id} has another secret since: ${cure}.`);
  }
  if (row.suspended_at !== null) {
    const why = "is suspended and opens nothing until it is resumed";
    throw new AppError("resource.conflict", `The token ${row.id} of this request ${why}.`);
  }
  return row;
}

/** 409 where the token is somebody else's since: the answer goes to whoever bought it then. */
export function refuseOtherBuyer(then: Metadata, now: Metadata): void {
  const buyerOf = ({ customer_id, customer_email }: Metadata) =>
    customer_id === undefined ? searchableEmail(String(customer_email ?? "")) : String(customer_id);
  if (buyerOf(then) === buyerOf(now)) return;
  throw new AppError("resource.conflict", "This token is another customer's since: its secret cannot be shown again.");
}

type Metadata = Readonly<Record<string, MetadataValue>>;
