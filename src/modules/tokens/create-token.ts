import { nowSeconds } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import { ensureCustomer, insertShopIfMissing, withItsShop } from "../customers/index.ts";
import {
  EVERYTHING_PATTERN,
  currentPatterns,
  listGrantsOfCustomer,
  listGrantsOfToken,
  patternsOutsideBound,
  readPatterns,
  setTokenPatterns,
} from "../grants/index.ts";
import type { Principal } from "../callers/index.ts";
import { tokenChanged } from "./token-changes.ts";
import { readMetadata, searchableEmail } from "./token-metadata.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import { auditableToken, personalValues, presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { findTokenOfOrder, findVisibleToken, insertTokenIfNew } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";
import type { CreateTokenBody } from "./token-schemas.ts";

export interface TokenDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
}

/** A caller that sells for one shop. */
type Seller = Principal & { shop: string };

export type CreateTokenResult =
  | { created: true; token: PresentedToken; secret: string; warnings: string[] }
  | { created: false; token: PresentedToken };

/**
 * Mints a Composer token for a sale (spec: Step 3). The secret is returned once; it is random, not chosen by a
 * person, so a plain SHA-256 at rest is enough. Throws `request.invalid`, and `auth.outside_bound` for a prefix
 * wider than the caller's own bound.
 */
export async function createToken(
  deps: TokenDeps,
  principal: Principal,
  input: CreateTokenBody,
): Promise<CreateTokenResult> {
  const caller = await withItsShop(deps.database.db, principal);
  const { metadata, errors } = readMetadata(input.metadata);
  const patterns = readTokenPatterns(caller, input, metadata, errors);
  if (errors.length > 0) {
    const detail = errors.map((error) => `${error.pointer} ${error.detail}`).join("; ");
    throw new AppError("request.invalid", `The request is not valid: ${detail}`, { errors });
  }
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    await insertShopIfMissing(trx, caller.shop, now);
    const uniqueOrder = input.unique_by === "order" ? metadata.orderId : undefined;
    const duplicate = uniqueOrder === undefined ? undefined : await findDuplicate(trx, caller, uniqueOrder, now);
    if (duplicate !== undefined) return duplicate;
    const secret = newSecret("pbt");
    const row = await storeToken(trx, caller, input, { metadata, secret, uniqueOrder, now });
    if (row === undefined) return await getDuplicate(trx, caller, uniqueOrder ?? "", now);
    await refuseCustomerOutsideBound(trx, caller, row);
    await setTokenPatterns(trx, row.id, patterns, now);
    const token = presentToken(row, await listGrantsOfToken(trx, row.id), now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.created",
      target: { kind: "token", id: row.id },
      ...{ shop: row.shop, customer: row.customer },
      details: { after: auditableToken(token) },
      personal: personalValues(token),
    });
    changed(tokenChanged(row.id));
    return { created: true, token, secret, warnings: warningsFor(patterns) };
  });
}

/** The token that an order has already, also when it was revoked since: a late repetition must not sell again. */
async function findDuplicate(
  trx: Db,
  caller: Seller,
  orderId: string,
  now: number,
): Promise<CreateTokenResult | undefined> {
  const existing = await findTokenOfOrder(trx, caller.shop, orderId);
  if (existing === undefined) return undefined;
  const visible = await findVisibleToken(trx, caller, existing.id);
  if (visible === undefined) {
    throw new AppError(
      "resource.conflict",
      "This order has a token already, outside what this management token may see.",
    );
  }
  return { created: false, token: presentToken(visible, await listGrantsOfToken(trx, visible.id), now) };
}

async function getDuplicate(trx: Db, caller: Seller, orderId: string, now: number): Promise<CreateTokenResult> {
  const duplicate = await findDuplicate(trx, caller, orderId, now);
  if (duplicate === undefined) throw new AppError("request.in_flight", "The same order is being handled right now.");
  return duplicate;
}

function readTokenPatterns(
  caller: Principal,
  input: CreateTokenBody,
  metadata: TokenMetadata,
  errors: { pointer: string; detail: string }[],
): string[] {
  if (input.access === "customer" && metadata.customerId === undefined) {
    errors.push({ pointer: "/access", detail: 'is "customer", which needs /metadata/customer_id' });
  }
  if (input.unique_by === "order" && metadata.orderId === undefined) {
    errors.push({ pointer: "/unique_by", detail: 'is "order", which needs /metadata/order_id' });
  }
  const given = input.allowed_package_prefixes ?? undefined;
  if (given === undefined) return input.access === "customer" ? [] : defaultPatterns(caller);
  const read = readPatterns(given, "/allowed_package_prefixes");
  errors.push(...read.errors);
  if (read.errors.length === 0) refuseOutsideBound(caller, read.patterns);
  return read.patterns;
}

/** Omitted prefixes mean whatever the management token itself may grant. */
export function defaultPatterns(caller: { packageBound: readonly string[] | null }): string[] {
  return caller.packageBound === null ? [EVERYTHING_PATTERN] : [...caller.packageBound];
}

/** Nobody mints wider than their own bound. */
export function refuseOutsideBound(
  caller: { packageBound: readonly string[] | null },
  patterns: readonly string[],
): void {
  if (caller.packageBound === null) return;
  const outside = patternsOutsideBound(patterns, caller.packageBound);
  if (outside.length === 0) return;
  const detail = `reaches past this management token, which may grant ${caller.packageBound.join(", ")}: ${outside.join(", ")}`;
  throw new AppError("auth.outside_bound", `/allowed_package_prefixes ${detail}`, {
    errors: [{ pointer: "/allowed_package_prefixes", detail }],
  });
}

/** A token that reads its customer's grants must not read more than its maker may hand out. */
export async function refuseCustomerOutsideBound(
  trx: Db,
  caller: { packageBound: readonly string[] | null },
  row: Pick<TokenRow, "access" | "customer">,
): Promise<void> {
  if (caller.packageBound === null || row.access !== "customer" || row.customer === null) return;
  const outside = patternsOutsideBound(
    currentPatterns(await listGrantsOfCustomer(trx, row.customer)),
    caller.packageBound,
  );
  if (outside.length === 0) return;
  const detail = `is "customer", and this customer may read more than this management token may grant: ${outside.join(", ")}`;
  throw new AppError("auth.outside_bound", `/access ${detail}`, { errors: [{ pointer: "/access", detail }] });
}

async function storeToken(
  trx: Db,
  caller: Seller,
  input: CreateTokenBody,
  made: { metadata: TokenMetadata; secret: string; uniqueOrder: string | undefined; now: number },
): Promise<TokenRow | undefined> {
  const { metadata, secret, uniqueOrder, now } = made;
  return await insertTokenIfNew(trx, {
    id: newId("token"),
    shop: caller.shop,
    secret_hash: hashSecret(secret),
    last_four: lastFour(secret),
    description: input.description,
    permissions: "readonly",
    expires_at: input.expires_at ?? null,
    rate_limit_max: input.rate_limit_max ?? null,
    access: input.access ?? "own",
    unique_order_id: uniqueOrder ?? null,
    created_by: caller.actor.id,
    ...(await metadataColumns(trx, caller.shop, metadata, now)),
    ...{ created_at: now, updated_at: now, revoked_at: null, last_used_at: null },
  });
}

/** What of a token follows from its metadata; makes the customer if it is new. */
export async function metadataColumns(
  trx: Db,
  shop: string,
  metadata: TokenMetadata,
  now: number,
): Promise<Pick<TokenRow, "customer" | "metadata" | "order_id" | "customer_email">> {
  const email = metadata.customerEmail;
  const customer =
    metadata.customerId === undefined
      ? undefined
      : await ensureCustomer(trx, shop, { customerId: metadata.customerId, email: email ?? null }, now);
  return {
    customer: customer?.id ?? null,
    metadata: JSON.stringify(metadata.values),
    order_id: metadata.orderId ?? null,
    customer_email: email === undefined ? null : searchableEmail(email),
  };
}

function warningsFor(patterns: readonly string[]): string[] {
  if (!patterns.includes(EVERYTHING_PATTERN)) return [];
  return [
    "This token reads every package hosted here, because neither allowed_package_prefixes nor the management token sets a bound.",
  ];
}
