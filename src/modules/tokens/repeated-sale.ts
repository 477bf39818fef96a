import type { Cipher } from "../../platform/crypto/cipher.ts";
import { hashSecret, sha256Hex } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { readGivenGrants } from "../grants/index.ts";
import { findKeptValue, keepValue } from "../idempotency/index.ts";
import { warnOfMore } from "./asks-for-more.ts";
import type { SaleExtent } from "./asks-for-more.ts";
import { onlyOfBuyer } from "./another-address.ts";
import { endedSale } from "./ended-sale.ts";
import { findOrderEnd, isErasedOrder, listTokensOfOrder, uniqueKeyOf } from "./order-tokens.ts";
import type { BuyersOrder } from "./order-tokens.ts";
import { presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { findVisibleToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";
import type { CreateTokenBody } from "./token-schemas.ts";

/** Longer than shops go on delivering what failed: the longest of them three days. */
const ANSWERED_AGAIN_SECONDS = 7 * 24 * 3600;

/** What keeps an order to one token. */
export interface SaleUniqueness {
  /** The setting of the management token: whoever calls knows nothing of it, and only reads `token`. */
  isBySetting: boolean;
}

export interface RepeatedSale {
  created: false;
  token: PresentedToken;
  /** Where the sale is answered as at first. */
  secret?: string;
  warnings: string[];
}

type Seller = Caller & { shop: string };

/** A sale that may be a repetition. */
export interface OrderSale extends SaleExtent {
  order: BuyersOrder;
  /** Everything that it opens, or may. */
  reach: readonly string[];
  /** Sell again what has ended. */
  again: boolean;
  now: number;
}

/**
 * Whether there may be one token only for an order; undefined where it does not matter. A management token's setting
 * is for handlers that cannot name it, so it is silent where there is no order; what a body asks for must be possible.
 */
export function uniquenessOf(
  caller: Pick<Principal, "saleDefaults">,
  input: Pick<CreateTokenBody, "access" | "unique_by">,
): SaleUniqueness | undefined {
  if (input.unique_by === "order") return { isBySetting: false };
  if (input.unique_by !== null && input.unique_by !== undefined) return undefined;
  // A project token is no sale: its order has a token of its own.
  if (input.access === "project") return undefined;
  return caller.saleDefaults?.uniqueBy === "order" ? { isBySetting: true } : undefined;
}

/** Remembers the secret of a token, sealed, for repetitions of a sale that is unique by setting. */
export async function rememberSale(
  trx: Db,
  cipher: Cipher,
  row: Pick<TokenRow, "id" | "shop">,
  sale: { unique: SaleUniqueness | undefined; secret: string; now: number },
): Promise<void> {
  if (sale.unique?.isBySetting !== true) return;
  const kept = { value: sale.secret, now: sale.now, seconds: ANSWERED_AGAIN_SECONDS };
  await keepValue(trx, cipher, scopeOf(row.shop, saleKey(row.id)), kept);
}

/** What to do with a sale: answer with the token that its order has, or make one under this unique key. */
export type SaleOutcome = { repeated: RepeatedSale } | { uniqueKey: string };

/**
 * The token that an order of this buyer has already, however it was made, as it stands now. By setting the answer holds
 * the secret as the first one did, because the handler mails whatever is there; where that secret is not known, opens
 * nothing or is not the token's any more, it is `resource.conflict`: better nothing is mailed. What has ended is
 * `sale.ended`, unless it is to be sold again.
 */
export async function findRepeatedSale(
  trx: Db,
  cipher: Cipher,
  caller: Seller,
  { isBySetting }: SaleUniqueness,
  sale: OrderSale,
): Promise<SaleOutcome> {
  const { rows: all, strangerAddress } = await onlyOfBuyer(
    trx,
    sale.order.buyer,
    await listTokensOfOrder(trx, sale.order),
  );
  const live = all.filter(({ revoked_at }) => revoked_at === null);
  if (live.length === 0) {
    if (!sale.again) await refuseEnded(trx, caller, { ...sale, order: ofPerson(sale.order, strangerAddress) }, all);
    return { uniqueKey: uniqueKeyOf(sale.order, all.length, strangerAddress) };
  }
  const visible = await onlyVisible(trx, caller, live);
  const [newest] = visible;
  if (newest === undefined) {
    throw new AppError(
      "resource.conflict",
      "This order has a token already, outside what this management token may see.",
    );
  }
  const warnings = warnOfMore(sale, await extentOf(trx, visible), sale.now);
  const known = isBySetting ? await findKnownSecret(trx, cipher, visible, sale.now) : { row: newest };
  const { row } = known;
  const token = presentToken(row, await readGivenGrants(trx, row), sale.now);
  return { repeated: { created: false, token, ...("secret" in known ? { secret: known.secret } : {}), warnings } };
}

/** What was done to the customer's order was done to somebody else's where this is another person's. */
function ofPerson(order: BuyersOrder, strangerAddress: string | undefined): BuyersOrder {
  return strangerAddress === undefined ? order : { ...order, buyer: { customer: null, email: strangerAddress } };
}

/** 409 for an order of this buyer that has ended, also before it was sold. Whose end the caller sees is named. */
export async function refuseEnded(
  trx: Db,
  caller: Seller,
  { order, reach }: Pick<OrderSale, "order" | "reach">,
  ended: readonly TokenRow[],
): Promise<void> {
  const [seen] = await onlyVisible(trx, caller, ended);
  if (seen !== undefined) throw endedSale(order, seen);
  if ((await isErasedOrder(trx, order)) || (await findOrderEnd(trx, order, reach)) !== undefined) {
    throw endedSale(order, undefined);
  }
}

async function onlyVisible(trx: Db, caller: Seller, rows: readonly TokenRow[]): Promise<TokenRow[]> {
  const visible = await Promise.all(rows.map((row) => findVisibleToken(trx, caller, row.id)));
  return visible.filter((row) => row !== undefined);
}

/** What the tokens of an order open together, and until when. */
async function extentOf(trx: Db, rows: readonly TokenRow[]): Promise<SaleExtent & { since: number }> {
  const patterns = new Set<string>();
  for (const row of rows) {
    for (const pattern of (await readGivenGrants(trx, row)).patterns) patterns.add(pattern);
  }
  const ends = rows.flatMap(({ expires_at }) => expires_at ?? []);
  return {
    patterns: [...patterns],
    expiresAt: ends.length < rows.length ? null : Math.max(...ends),
    since: Math.min(...rows.map(({ created_at }) => created_at)),
  };
}

/** Of these tokens the first whose secret is known and opens what it should. */
async function findKnownSecret(
  trx: Db,
  cipher: Cipher,
  rows: readonly TokenRow[],
  now: number,
): Promise<{ row: TokenRow; secret: string }> {
  const working = rows.filter(({ suspended_at }) => suspended_at === null);
  for (const row of working) {
    const keys = [saleKey(row.id), ...legacyKeys(row)];
    for (const key of keys) {
      const secret = await findKeptValue(trx, cipher, scopeOf(row.shop, key), now);
      if (secret !== undefined && hashSecret(secret) === row.secret_hash) return { row, secret };
    }
  }
  const [first] = working.length > 0 ? working : rows;
  const why =
    working.length > 0
      ? "whose secret cannot be shown again; rotate it for a new one"
      : "which is suspended and opens nothing until it is resumed";
  throw new AppError("resource.conflict", `This order has the token ${first?.id ?? ""} already, ${why}.`);
}

function scopeOf(shop: string, key: string) {
  return { caller: `shop:${shop}` as const, path: "/api/tokens", key };
}

/** Under which the secret of a sale is remembered: by its token, so that it is nobody else's. */
function saleKey(tokenId: string): string {
  return `sale ${tokenId}`;
}

/** Until 0.1.0 it was by the order's number; its secret opens one token, and is compared with that. */
function legacyKeys({ unique_order_id, order_id }: TokenRow): string[] {
  return unique_order_id !== null && unique_order_id === order_id ? [`order ${sha256Hex(unique_order_id)}`] : [];
}

/** Under which the secrets of these tokens are kept for repeated deliveries of their sales. */
export function keysOfSales(rows: readonly TokenRow[]): string[] {
  return rows.flatMap((row) => [saleKey(row.id), ...legacyKeys(row)]);
}
