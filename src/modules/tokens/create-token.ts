import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import { AppError, invalidFields } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { TokenMails } from "../customer-mails/index.ts";
import {
  ensureCustomer,
  holdCustomer,
  insertShopIfMissing,
  noteSaleAddress,
  refuseErasedBuyer,
  withItsShop,
} from "../customers/index.ts";
import {
  EVERYTHING_PATTERN,
  NO_TERMS,
  giveGrants,
  keepWithinBound,
  listGrantsOfCustomer,
  readGivenGrants,
  patternsOutsideBound,
  readPatterns,
  withinScope,
} from "../grants/index.ts";
import type { Principal } from "../callers/index.ts";
import { holdOrder, reopenOrder } from "../order-states/index.ts";
import { tellOfAnotherBuyer } from "./another-buyer.ts";
import { findCredentialOfCustomer, warnOfSecondToken } from "./customer-credentials.ts";
import { endedSale } from "./ended-sale.ts";
import { findOrderEnd } from "./order-tokens.ts";
import { findRepeatedSale, rememberSale, uniquenessOf } from "./repeated-sale.ts";
import type { OrderSale, RepeatedSale, SaleOutcome, SaleUniqueness } from "./repeated-sale.ts";
import { inheritSuspension } from "./suspension.ts";
import { tokenChanged } from "./token-changes.ts";
import { readMetadata, searchableEmail } from "./token-metadata.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import { auditableToken, personalValues, presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { insertTokenIfNew } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";
import type { CreateTokenBody } from "./token-schemas.ts";
import { readTerms, refuseIdleTerms } from "./token-terms.ts";

/** Whoever changes tokens tells their customers, where it is given something to tell them by. */
export interface MailingDeps {
  mails?: TokenMails | undefined;
}

export interface TokenDeps extends AuditDeps, MailingDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
}

/** A caller that sells for one shop. */
type Seller = Principal & { shop: string };

export interface CreateTokenDeps extends TokenDeps {
  cipher: Cipher;
}

export type CreateTokenResult =
  { created: true; token: PresentedToken; secret: string; mailed: boolean; warnings: string[] } | RepeatedSale;

/**
 * Mints a Composer token for a sale (spec: Step 3). The secret is returned once; it is random, not chosen by a
 * person, so a plain SHA-256 at rest is enough. Throws `request.invalid`, and `auth.outside_bound` for a prefix
 * wider than the caller's own bound.
 */
export async function createToken(
  deps: CreateTokenDeps,
  principal: Principal,
  input: CreateTokenBody,
): Promise<CreateTokenResult> {
  const caller = await withItsShop(deps.database.db, principal);
  const { metadata, errors } = readMetadata(input.metadata);
  const patterns = readTokenPatterns(caller, input, metadata, errors);
  const terms = readTerms(input, NO_TERMS, errors);
  refuseIdleTerms(input.access ?? "own", { patterns, terms }, input, errors);
  if (errors.length > 0) throw invalidFields(errors);
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    await insertShopIfMissing(trx, caller.shop, now);
    // Of this sale and an ending of its order at once the later one sees the earlier one.
    if (metadata.orderId !== undefined) await holdOrder(trx, deps.database.engine, caller.shop, metadata.orderId);
    const columns = await metadataColumns(trx, caller, metadata, now);
    const known = await findCredential(deps, trx, caller, input, columns, now);
    if (known !== undefined) return known;
    const unique = uniquenessOf(principal, input);
    const sale = orderSaleOf(caller, input, patterns, columns, now);
    const outcome = await settleOrder(trx, deps.cipher, caller, unique, sale, input);
    if (outcome !== undefined && "repeated" in outcome) return outcome.repeated;
    const secret = newSecret("pbt");
    const stored = await storeToken(trx, caller, input, { columns, secret, uniqueKey: outcome?.uniqueKey, now });
    if (stored === undefined) return await repeatedAfterAll(trx, deps.cipher, caller, unique, sale);
    await refuseErasedBuyer(trx, stored.customer);
    await rememberSale(trx, deps.cipher, stored, { unique, secret, now });
    await giveGrants(trx, stored, { patterns, terms, dependencies: [] }, now);
    await keepWithinBound(trx, stored, caller.packageBound);
    if (sale?.again === true) await reopenOrder(trx, sale.order, sale.reach, now);
    const row = await inheritSuspension(trx, stored, now);
    const token = presentToken(row, await readGivenGrants(trx, row), now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.created",
      target: { kind: "token", id: row.id },
      ...{ shop: row.shop, customer: row.customer },
      details: { after: auditableToken(token) },
      personal: personalValues(token),
    });
    changed(tokenChanged(row.id));
    const warnings = await warningsFor(trx, row, patterns);
    warnings.push(...(await warnOfSecondToken(trx, caller, row, now)));
    if (outcome !== undefined && sale !== undefined) {
      warnings.push(...(await tellOfAnotherBuyer(deps, trx, caller, sale.order, row)));
    }
    const note = await noteSaleAddress(deps, trx, caller, {
      customer: row.customer,
      email: metadata.customerEmail,
      details: { order_id: row.order_id, token: row.id },
    });
    warnings.push(...note.warnings);
    const mailWarnings = row.notify === 1 ? await deps.mails?.created(trx, row, secret) : undefined;
    return {
      created: true,
      token,
      secret,
      mailed: mailWarnings?.length === 0,
      warnings: [...warnings, ...(mailWarnings ?? [])],
    };
  });
}

type SaleColumns = Awaited<ReturnType<typeof metadataColumns>>;

/** With `"unique_by": "customer"` the token by which the customer reads what is granted to it, if there is one. */
async function findCredential(
  deps: Pick<CreateTokenDeps, "database">,
  trx: Db,
  caller: Seller & Pick<Principal, "saleDefaults">,
  input: CreateTokenBody,
  { customer }: SaleColumns,
  now: number,
): Promise<RepeatedSale | undefined> {
  const uniqueBy = input.unique_by ?? caller.saleDefaults?.uniqueBy;
  if (uniqueBy !== "customer" || input.access !== "customer" || customer === null) return undefined;
  await holdCustomer(trx, deps.database.engine, customer);
  const token = await findCredentialOfCustomer(trx, caller, customer, now);
  return token && { created: false, token, warnings: [] };
}

function orderSaleOf(
  caller: Seller,
  input: CreateTokenBody,
  patterns: readonly string[],
  columns: SaleColumns,
  now: number,
): OrderSale | undefined {
  if (columns.order_id === null) return undefined;
  return {
    order: {
      shop: caller.shop,
      orderId: columns.order_id,
      buyer: { customer: columns.customer, email: columns.customer_email },
      isProject: input.access === "project",
    },
    patterns,
    reach: patterns.length > 0 ? patterns : defaultPatterns(caller),
    expiresAt: input.expires_at ?? null,
    again: input.again ?? false,
    now,
  };
}

/** Whether the order has what it sells already, or has ended; undefined where neither matters. */
async function settleOrder(
  trx: Db,
  cipher: Cipher,
  caller: Seller,
  unique: SaleUniqueness | undefined,
  sale: OrderSale | undefined,
  input: CreateTokenBody,
): Promise<SaleOutcome | undefined> {
  if (sale === undefined) return undefined;
  if (unique !== undefined) return await findRepeatedSale(trx, cipher, caller, unique, sale);
  const isAsked = sale.again || input.unique_by === "none" || sale.order.isProject;
  // Cancelled as a whole, perhaps before this purchase was delivered.
  if (!isAsked && (await findOrderEnd(trx, sale.order, sale.reach)) !== undefined)
    throw endedSale(sale.order, undefined);
  return undefined;
}

/** Somebody else sold this order while we waited for it. */
async function repeatedAfterAll(
  trx: Db,
  cipher: Cipher,
  caller: Seller,
  unique: SaleUniqueness | undefined,
  sale: OrderSale | undefined,
): Promise<RepeatedSale> {
  const outcome = unique && sale && (await findRepeatedSale(trx, cipher, caller, unique, sale));
  return outcome !== undefined && "repeated" in outcome ? outcome.repeated : refuseInFlight();
}

/** Only where somebody else's sale of this order was undone while we waited for it. */
function refuseInFlight(): never {
  throw new AppError("request.in_flight", "The same order is being handled right now.");
}

/** Without them it would read nothing, or all. */
export const NEEDED_BY_PROJECT = "is needed by a project token: name the part of the customer's packages it is for";

function readTokenPatterns(
  caller: Principal,
  input: CreateTokenBody,
  metadata: TokenMetadata,
  errors: { pointer: string; detail: string }[],
): string[] {
  const { access } = input;
  if ((access === "customer" || access === "project") && metadata.customerId === undefined) {
    errors.push({ pointer: "/access", detail: `is "${access}", which needs /metadata/customer_id` });
  }
  if (input.unique_by === "order" && metadata.orderId === undefined) {
    errors.push({ pointer: "/unique_by", detail: 'is "order", which needs /metadata/order_id' });
  }
  if (input.unique_by === "customer" && access !== "customer") {
    errors.push({ pointer: "/unique_by", detail: 'is "customer", which needs "access": "customer"' });
  }
  const given = input.allowed_package_prefixes ?? undefined;
  if (given === undefined) {
    if (access === "project") errors.push({ pointer: "/allowed_package_prefixes", detail: NEEDED_BY_PROJECT });
    return access === "customer" ? [] : defaultPatterns(caller);
  }
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

async function storeToken(
  trx: Db,
  caller: Seller,
  input: CreateTokenBody,
  made: { columns: SaleColumns; secret: string; uniqueKey: string | undefined; now: number },
): Promise<TokenRow | undefined> {
  const { columns, secret, uniqueKey, now } = made;
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
    unique_order_id: uniqueKey ?? null,
    notify: (input.notify ?? caller.saleDefaults?.notify ?? false) ? 1 : 0,
    created_by: caller.actor.id,
    ...columns,
    ...{ created_at: now, updated_at: now, revoked_at: null, last_used_at: null },
  });
}

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

async function warningsFor(trx: Db, row: TokenRow, patterns: readonly string[]): Promise<string[]> {
  if (row.access === "project" && row.customer !== null) {
    const read = withinScope(await listGrantsOfCustomer(trx, row.customer), patterns);
    if (read.some((grant) => grant.revoked_at === null)) return [];
    return ["This token reads nothing yet: nothing that is granted to its customer lies within its prefixes."];
  }
  if (!patterns.includes(EVERYTHING_PATTERN)) return [];
  return [
    "This token reads every package hosted here, because neither allowed_package_prefixes nor the management token sets a bound.",
  ];
}
