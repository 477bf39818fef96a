import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import { AppError, invalidFields } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { TokenMails } from "../customer-mails/index.ts";
import {
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
  withinScope,
} from "../grants/index.ts";
import type { CustomerBudgets, GivenGrants } from "../grants/index.ts";
import type { Principal } from "../callers/index.ts";
import { holdOrder, reopenOrder } from "../order-states/index.ts";
import { isAnotherAddress } from "./another-address.ts";
import { tellOfAnotherBuyer } from "./another-buyer.ts";
import { findCredentialOfCustomer, warnOfSecondToken } from "./customer-credentials.ts";
import { endedSale, refuseMovedOrder } from "./ended-sale.ts";
import { findOrderEnd } from "./order-tokens.ts";
import { defaultPatterns, readTokenPatterns } from "./sale-patterns.ts";
import { isSoldAsLine, openLine, sellOpenLine } from "./sell-as-line.ts";
import type { OpenLine } from "./sell-as-line.ts";
import { linesOf } from "./token-lines.ts";
import type { PreparedLine, TokenLines } from "./token-lines.ts";
import { findRepeatedSale, rememberSale, uniquenessOf } from "./repeated-sale.ts";
import type { OrderSale, RepeatedSale, SaleOutcome, SaleUniqueness } from "./repeated-sale.ts";
import { NO_NEEDS, warningsOfSale } from "./sale-warnings.ts";
import type { SaleNeeds } from "./sale-warnings.ts";
import { inheritSuspension } from "./suspension.ts";
import { tokenChanged } from "./token-changes.ts";
import { metadataColumns } from "./metadata-columns.ts";
import { readMetadata } from "./token-metadata.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import { auditableToken, personalValues, presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { insertTokenIfNew } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";
import type { CreateTokenBody } from "./token-schemas.ts";
import { readTerms, refuseIdleTerms, termsBySetting } from "./token-terms.ts";

/** Whoever changes tokens tells their customers, where it is given something to tell them by. */
export interface MailingDeps {
  mails?: TokenMails | undefined;
}

export interface TokenDeps extends AuditDeps, MailingDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  /** Absent only where no token is sold as a line of an order. */
  lines?: TokenLines | undefined;
}

/** A caller that sells for one shop. */
type Seller = Principal & { shop: string };

export interface CreateTokenDeps extends TokenDeps {
  budgets: CustomerBudgets;
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
  needs: SaleNeeds = NO_NEEDS,
): Promise<CreateTokenResult> {
  const caller = await withItsShop(deps.database.db, principal);
  const { metadata, errors } = readMetadata(input.metadata);
  const patterns = readTokenPatterns(caller, input, metadata, errors);
  const hasOwn = patterns.length > 0 && input.access !== "project";
  const bySetting = hasOwn ? termsBySetting(principal) : NO_TERMS;
  const terms = readTerms(input, bySetting, bySetting, errors, deps.budgets);
  refuseIdleTerms(input.access ?? "own", { patterns }, input, errors);
  if (errors.length > 0) throw invalidFields(errors);
  const isLine = isSoldAsLine(principal, input, metadata, patterns);
  const asLine = {
    ...terms,
    patterns,
    expiresAt: input.expires_at ?? null,
    graceDays: input.grace_days ?? principal.saleDefaults?.graceDays ?? 0,
    withDependencies: input.with_dependencies === true,
  };
  const prepared = isLine ? await linesOf(deps).prepare(deps.database.db, caller, asLine) : undefined;
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    await insertShopIfMissing(trx, caller.shop, now);
    // Of this sale and an ending of its order at once the later one sees the earlier one.
    if (metadata.orderId !== undefined) await holdOrder(trx, deps.database.engine, caller.shop, metadata.orderId);
    const columns = await metadataColumns(trx, caller, metadata, now);
    if (input.access !== "project") await refuseMovedOrder(trx, columns);
    const order = orderSaleOf(caller, input, patterns, columns, now);
    const given = { patterns, terms, dependencies: needs.dependencies };
    const sale = { id: newId("token"), caller, input, metadata, columns, given, needs, order, now };
    const plan = await planSale(deps, trx, { ...sale, unique: uniquenessOf(principal, input), prepared });
    if (!("repeated" in plan)) return await makeToken(deps, trx, changed, sale, plan);
    if (plan.line === undefined) return plan.repeated;
    return { ...plan.repeated, warnings: await sellOpenLine(deps, trx, changed, caller, plan.line) };
  });
}

/** A sale, read. */
interface TokenSale {
  /** Of the token that it makes. */
  id: string;
  caller: Seller;
  input: CreateTokenBody;
  metadata: TokenMetadata;
  columns: SaleColumns;
  given: GivenGrants;
  needs: SaleNeeds;
  order: OrderSale | undefined;
  now: number;
}

interface SalePlan {
  unique: SaleUniqueness | undefined;
  uniqueKey: string | undefined;
  /** What was bought goes there, in the place of the token's own grants. */
  line: OpenLine | undefined;
  /** Instead of what was asked for. */
  access: "own" | undefined;
}

/** What there is of a sale already, what has ended and may not be sold, and where what is sold goes. */
async function planSale(
  deps: CreateTokenDeps,
  trx: Db,
  sale: TokenSale & { unique: SaleUniqueness | undefined; prepared: PreparedLine | undefined },
): Promise<SalePlan | { repeated: RepeatedSale; line: OpenLine | undefined }> {
  const { caller, input, columns, unique, order, now } = sale;
  const { customer } = columns;
  const isStranger = customer !== null && (await isAnotherAddress(trx, customer, sale.metadata.customerEmail));
  const isJoining = sale.prepared !== undefined && customer !== null && !isStranger;
  const prepared = isJoining ? sale.prepared : undefined;
  // Somebody who may be another person has a token of what they bought, whatever was asked for.
  const access = sale.prepared !== undefined && isStranger ? ("own" as const) : undefined;
  const open = async () => {
    if (prepared === undefined || customer === null) return undefined;
    const orderId = columns.order_id ?? sale.id;
    return await openLine(deps, trx, caller, { customer, orderId, order, prepared, now });
  };
  const known = await findCredential(deps, trx, caller, input, { customer, isLine: isJoining }, now);
  if (known !== undefined) return { repeated: await noteAddress(deps, trx, sale, known), line: await open() };
  const outcome = await settleOrder(trx, deps.cipher, caller, unique, order, input);
  if (outcome !== undefined && "repeated" in outcome) {
    const { repeated } = outcome;
    return { repeated, line: repeated.token.access === "customer" ? await open() : undefined };
  }
  return { unique, uniqueKey: outcome?.uniqueKey, line: await open(), access };
}

/** Of a sale that is answered with the credential its customer has: who bought may be somebody else. */
async function noteAddress(
  deps: CreateTokenDeps,
  trx: Db,
  { caller, columns, metadata }: TokenSale,
  known: RepeatedSale,
): Promise<RepeatedSale> {
  const note = await noteSaleAddress(deps, trx, caller, {
    customer: columns.customer,
    email: metadata.customerEmail,
    details: { order_id: columns.order_id },
    distinct: columns.order_id ?? "",
  });
  return { ...known, warnings: [...known.warnings, ...note.warnings] };
}

async function makeToken(
  deps: CreateTokenDeps,
  trx: Db,
  changed: RecordChange,
  sale: TokenSale,
  { unique, uniqueKey, line, access }: SalePlan,
): Promise<CreateTokenResult> {
  const { caller, given, order, now } = sale;
  const secret = newSecret("pbt");
  const stored = await storeToken(trx, sale, { secret, uniqueKey, line, access });
  if (stored === undefined) return await repeatedAfterAll(trx, deps.cipher, caller, unique, order);
  await refuseErasedBuyer(trx, stored.customer);
  await rememberSale(trx, deps.cipher, stored, { unique, secret, now });
  if (line === undefined) await giveGrants(trx, stored, given, now);
  await keepWithinBound(trx, stored, caller.packageBound);
  if (order?.again === true) await reopenOrder(trx, order.order, order.reach, now);
  const row = await inheritSuspension(trx, stored, now);
  const warnings = line === undefined ? [] : await sellOpenLine(deps, trx, changed, caller, line);
  const token = presentToken(row, await readGivenGrants(trx, row), now);
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.created",
    target: { kind: "token", id: row.id },
    ...{ shop: row.shop, customer: row.customer },
    details: { after: auditableToken(token) },
    personal: personalValues(token),
  });
  changed(tokenChanged(row.id));
  warnings.push(...(await warningsForSale(deps, trx, sale, row, unique)));
  const mailWarnings = row.notify === 1 ? await deps.mails?.created(trx, row, secret) : undefined;
  warnings.push(...(mailWarnings ?? []));
  return { created: true, token, secret, mailed: mailWarnings?.length === 0, warnings };
}

async function warningsForSale(
  deps: CreateTokenDeps,
  trx: Db,
  { caller, given, needs, metadata, order, now }: TokenSale,
  row: TokenRow,
  unique: SaleUniqueness | undefined,
): Promise<string[]> {
  const warnings = await warningsFor(trx, row, given.patterns);
  // What a line needs its own sale says.
  const ofToken = row.order_line === null ? needs : NO_NEEDS;
  warnings.push(...(await warningsOfSale(trx, caller, row, { needs: ofToken, metadata, now })));
  warnings.push(...(await warnOfSecondToken(trx, caller, row, now)));
  if (unique !== undefined && order !== undefined) {
    warnings.push(...(await tellOfAnotherBuyer(deps, trx, caller, order.order, row)));
  }
  const note = await noteSaleAddress(deps, trx, caller, {
    customer: row.customer,
    email: metadata.customerEmail,
    details: { order_id: row.order_id, token: row.id },
    distinct: row.id,
  });
  return [...warnings, ...note.warnings];
}

type SaleColumns = Awaited<ReturnType<typeof metadataColumns>>;

/** With `"unique_by": "customer"` the token by which the customer reads what is granted to it, if there is one. */
async function findCredential(
  deps: Pick<CreateTokenDeps, "database">,
  trx: Db,
  caller: Seller & Pick<Principal, "saleDefaults">,
  input: CreateTokenBody,
  { customer, isLine }: { customer: string | null; isLine: boolean },
  now: number,
): Promise<RepeatedSale | undefined> {
  const uniqueBy = input.unique_by ?? caller.saleDefaults?.uniqueBy;
  if (uniqueBy !== "customer" || customer === null || !(isLine || input.access === "customer")) return undefined;
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

async function storeToken(
  trx: Db,
  { id, caller, input, columns, now }: TokenSale,
  { secret, uniqueKey, line, access }: Pick<SalePlan, "uniqueKey" | "line" | "access"> & { secret: string },
): Promise<TokenRow | undefined> {
  return await insertTokenIfNew(trx, {
    id,
    shop: caller.shop,
    secret_hash: hashSecret(secret),
    last_four: lastFour(secret),
    description: input.description,
    permissions: "readonly",
    expires_at: line === undefined ? (input.expires_at ?? null) : line.expiresAt,
    grace_days: input.grace_days ?? caller.saleDefaults?.graceDays ?? 0,
    rate_limit_max: input.rate_limit_max ?? null,
    access: line === undefined ? (access ?? input.access ?? "own") : "customer",
    unique_order_id: uniqueKey ?? null,
    notify: (input.notify ?? caller.saleDefaults?.notify ?? false) ? 1 : 0,
    created_by: caller.actor.id,
    ...columns,
    // A sale without an order's number is an order by itself.
    ...(line === undefined ? {} : { order_id: line.place.orderId, order_line: line.place.line }),
    ...{ created_at: now, updated_at: now, revoked_at: null, last_used_at: null },
  });
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
