import type { Cipher } from "../../platform/crypto/cipher.ts";
import { hashSecret, sha256Hex } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { readGivenGrants } from "../grants/index.ts";
import { findKeptValue, keepValue } from "../idempotency/index.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import { presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { findTokenOfOrder, findVisibleToken } from "./token-queries.ts";
import type { CreateTokenBody } from "./token-schemas.ts";

/** Longer than shops go on delivering what failed: the longest of them three days. */
const ANSWERED_AGAIN_SECONDS = 7 * 24 * 3600;

/** What keeps an order to one token. */
export interface SaleUniqueness {
  orderId: string;
  /** The setting of the management token: whoever calls knows nothing of it, and only reads `token`. */
  isBySetting: boolean;
}

export interface RepeatedSale {
  created: false;
  token: PresentedToken;
  /** Where the sale is answered as at first. */
  secret?: string;
}

type Seller = Caller & { shop: string };

/**
 * Whether there may be one token only for this order; undefined where it does not matter. A management token's setting
 * is for handlers that cannot name it, so it is silent where there is no order; what a body asks for must be possible.
 */
export function uniquenessOf(
  caller: Pick<Principal, "saleDefaults">,
  input: Pick<CreateTokenBody, "access" | "unique_by">,
  metadata: TokenMetadata,
): SaleUniqueness | undefined {
  const { orderId } = metadata;
  if (orderId === undefined || input.unique_by === "none") return undefined;
  if (input.unique_by === "order") return { orderId, isBySetting: false };
  // A project token is no sale: its order has a token of its own.
  if (input.access === "project") return undefined;
  return caller.saleDefaults?.uniqueBy === "order" ? { orderId, isBySetting: true } : undefined;
}

/** Remembers the secret, sealed, for repetitions of a sale that is unique by setting. */
export async function rememberSale(
  trx: Db,
  cipher: Cipher,
  caller: Seller,
  sale: { unique: SaleUniqueness | undefined; secret: string; now: number },
): Promise<void> {
  if (sale.unique?.isBySetting !== true) return;
  const kept = { value: sale.secret, now: sale.now, seconds: ANSWERED_AGAIN_SECONDS };
  await keepValue(trx, cipher, scopeOf(caller.shop, sale.unique.orderId), kept);
}

/**
 * The token that an order has already, also when it was revoked since: a late repetition must not sell again. By
 * setting the answer holds the secret as the first one did, because the handler mails whatever is there; where that
 * secret is not known or not the token's any more, it is `resource.conflict`: better nothing is mailed.
 */
export async function findRepeatedSale(
  trx: Db,
  cipher: Cipher,
  caller: Seller,
  { orderId, isBySetting }: SaleUniqueness,
  now: number,
): Promise<RepeatedSale | undefined> {
  const existing = await findTokenOfOrder(trx, caller.shop, orderId);
  if (existing === undefined) return undefined;
  const visible = await findVisibleToken(trx, caller, existing.id);
  if (visible === undefined) {
    throw new AppError(
      "resource.conflict",
      "This order has a token already, outside what this management token may see.",
    );
  }
  const token = presentToken(visible, await readGivenGrants(trx, visible), now);
  if (!isBySetting) return { created: false, token };
  const secret = await findKeptValue(trx, cipher, scopeOf(caller.shop, orderId), now);
  if (secret === undefined || hashSecret(secret) !== visible.secret_hash) {
    throw new AppError(
      "resource.conflict",
      `This order has the token ${token.id} already, whose secret cannot be shown again; rotate it for a new one.`,
    );
  }
  return { created: false, token, secret };
}

function scopeOf(shop: string, orderId: string) {
  return { caller: `shop:${shop}` as const, path: "/api/tokens", key: saleKey(orderId) };
}

/** Under which a sale is remembered. The order's number is somebody's: only its hash is a key. */
export function saleKey(orderId: string): string {
  return `order ${sha256Hex(orderId)}`;
}
