import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import { AppError, invalidFields } from "../../platform/errors.ts";
import type { FieldError } from "../../platform/errors.ts";
import type { Db, TokenTable } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { NO_TERMS, forgetScope, giveGrants, readGivenGrants, readPatterns } from "../grants/index.ts";
import type { CustomerBudgets, GivenGrants } from "../grants/index.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { narrowToMaker, refuseUnsafeAccess } from "./change-access.ts";
import { metadataColumns } from "./metadata-columns.ts";
import { NEEDED_BY_PROJECT, defaultPatterns, refuseOutsideBound } from "./sale-patterns.ts";
import type { TokenDeps } from "./create-token.ts";
import { refuseErasedBuyer } from "../customers/index.ts";
import { getTokenForChange } from "./find-token.ts";
import { refuseRevoked } from "./revocation.ts";
import { NO_NEEDS, warningsOfChange } from "./sale-warnings.ts";
import type { SaleNeeds } from "./sale-warnings.ts";
import { inheritSuspension } from "./suspension.ts";
import { lineOf, linesOf } from "./token-lines.ts";
import { tokenChanged } from "./token-changes.ts";
import { refuseOvertaken } from "./token-etag.ts";
import { readMetadata } from "./token-metadata.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import { auditableToken, personalValues, presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";
import type { UpdateTokenBody } from "./token-schemas.ts";
import { readTerms, refuseIdleTerms, termsBySetting } from "./token-terms.ts";
import type { Updateable } from "kysely";

export type ChangedToken = PresentedToken & { warnings?: string[] };

/**
 * Extends, narrows or relabels a token; absent fields stay, null clears. What is taken away lapses: composer's user
 * is told so. In force with the next request. With `ifMatch` only while the token is as it was read then.
 */
export async function changeToken(
  deps: TokenDeps & { budgets: CustomerBudgets },
  caller: Principal,
  id: string,
  input: UpdateTokenBody,
  { ifMatch, needs = NO_NEEDS }: { ifMatch?: string | undefined; needs?: SaleNeeds } = {},
): Promise<ChangedToken> {
  const { reason, ...wanted } = input;
  const metadata = input.metadata === undefined ? undefined : readNewMetadata(input.metadata);
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    refuseRevoked(row);
    const givenBefore = await readGivenGrants(trx, row);
    const before = presentToken(row, givenBefore, now);
    refuseOvertaken(ifMatch, before);
    if (Object.keys(wanted).length === 0) return before;
    const access = input.access ?? row.access;
    const given = readGiven(deps, caller, { ...row, access }, input, givenBefore);
    const change: Updateable<TokenTable> = {
      ...plainChanges(caller, input),
      ...(metadata === undefined ? {} : await metadataColumns(trx, { ...caller, shop: row.shop }, metadata, now)),
      updated_at: now,
    };
    refuseOrphan(access, change);
    keepPlace(row, change);
    const customer = change.customer === undefined ? row.customer : change.customer;
    refuseUnsafeAccess(row, access, { customer, given });
    if (isNewAddress(row, change)) change.address_of = "order";
    if (input.expires_at !== undefined && input.expires_at !== row.expires_at) change.expiry_set_at = now;
    const stored = await updateToken(trx, id, change);
    await refuseErasedBuyer(trx, stored.customer);
    await changeAccess(trx, caller, row, access);
    await changeGiven(deps, trx, changed, caller, { before: row, after: stored, givenBefore, given });
    // Of another customer or order, or further than what suspends it reaches.
    const updated = await inheritSuspension(trx, stored, now);
    const after = presentToken(updated, await readGivenGrants(trx, updated), now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.updated",
      target: { kind: "token", id },
      ...{ shop: row.shop, customer: updated.customer },
      details: { before: auditableToken(before), after: auditableToken(after) },
      personal: {
        before: personalValues(before),
        after: personalValues(after),
        ...(reason === undefined ? {} : { reason }),
      },
    });
    if (updated.customer_email !== row.customer_email || updated.customer !== row.customer) {
      await deps.mails?.addressChanged(trx, { token: id });
    }
    if (goesOnLonger(before, after)) await deps.mails?.renewed(trx, updated);
    changed(tokenChanged(id));
    const movesEnd = input.expires_at !== undefined || input.grace_days !== undefined;
    const rows = { before: row, after: updated };
    const warnings = await warningsOfChange(trx, caller, rows, { needs, metadata, movesEnd, now });
    return warnings.length === 0 ? after : { ...after, warnings };
  });
}

/** Somebody put right where mails about this token go. */
function isNewAddress(row: TokenRow, { customer_email: email }: Updateable<TokenTable>): boolean {
  return email !== undefined && email !== null && email !== row.customer_email;
}

type Ends = Pick<PresentedToken, "expires_at" | "updates_until">;

/** The token had an end, or its updates had, and has a later one or none now. */
function goesOnLonger(before: Ends, after: Ends): boolean {
  const isLater = (was: number | null, is: number | null) => was !== null && (is === null || is > was);
  return isLater(before.expires_at, after.expires_at) || isLater(before.updates_until, after.updates_until);
}

function plainChanges(caller: Principal, input: UpdateTokenBody): Updateable<TokenTable> {
  return {
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.expires_at === undefined ? {} : { expires_at: input.expires_at }),
    ...(input.grace_days === undefined ? {} : { grace_days: input.grace_days ?? caller.saleDefaults?.graceDays ?? 0 }),
    ...(input.rate_limit_max === undefined ? {} : { rate_limit_max: input.rate_limit_max }),
    ...(input.notify === undefined ? {} : { notify: input.notify ? 1 : 0 }),
    ...(input.access === undefined ? {} : { access: input.access }),
  };
}

/** What the token is given itself after the change. */
function readGiven(
  { budgets }: { budgets: CustomerBudgets },
  caller: Principal,
  row: TokenRow,
  input: UpdateTokenBody,
  before: GivenGrants,
): GivenGrants {
  const errors: FieldError[] = [];
  const patterns = readNewPatterns(caller, row, input) ?? before.patterns;
  const hasOwn = patterns.length > 0 && row.access !== "project";
  const bySetting = hasOwn ? termsBySetting(caller) : NO_TERMS;
  const terms = readTerms(input, before.patterns.length === 0 ? bySetting : before.terms, bySetting, errors, budgets);
  refuseIdleTerms(row.access, { patterns }, input, errors);
  refuseInvalid(errors);
  return { ...before, patterns, terms };
}

/** What a token of an order's line opens is at its customer, and so is its end. */
async function changeGiven(
  deps: TokenDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  change: { before: TokenRow; after: TokenRow; givenBefore: GivenGrants; given: GivenGrants },
): Promise<void> {
  const { before, after, givenBefore, given } = change;
  const hasChanged = hasGivenChanged(givenBefore, given);
  const line = lineOf(after);
  if (line === undefined) {
    if (hasChanged) await giveGrants(trx, after, given, nowSeconds(deps.clock));
    return;
  }
  const hasSameEnd = before.expires_at === after.expires_at && before.grace_days === after.grace_days;
  if (!hasChanged && hasSameEnd) return;
  const ends = { expiresAt: after.expires_at, graceDays: after.grace_days };
  const terms = { ...given.terms, ...ends, patterns: given.patterns };
  await linesOf(deps).change(trx, changed, caller, line, terms);
}

/** A token that was sold with a line stays its order's and its customer's. */
function keepPlace(row: TokenRow, change: Updateable<TokenTable>): void {
  if (row.order_line === null) return;
  if (change.customer !== undefined && change.customer !== row.customer) {
    throw new AppError(
      "resource.conflict",
      "What this token was sold with is its customer's: it cannot be moved alone.",
    );
  }
  if (change.order_id !== undefined) change.order_id = row.order_id;
}

function hasGivenChanged(before: GivenGrants, after: GivenGrants): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

/** What it reads of its customer, if that changes. */
async function changeAccess(trx: Db, caller: Caller, row: TokenRow, access: TokenRow["access"]): Promise<void> {
  if (access === row.access) return;
  if (access === "customer") await narrowToMaker(trx, caller, row);
  else await forgetScope(trx, row.id);
}

function readNewPatterns(caller: Caller, row: TokenRow, input: UpdateTokenBody): string[] | undefined {
  const given = input.allowed_package_prefixes;
  if (given === undefined) return undefined;
  if (given === null) {
    if (row.access === "project") refuseInvalid([{ pointer: "/allowed_package_prefixes", detail: NEEDED_BY_PROJECT }]);
    return row.access === "customer" ? [] : defaultPatterns(caller);
  }
  const { patterns, errors } = readPatterns(given, "/allowed_package_prefixes");
  refuseInvalid(errors);
  refuseOutsideBound(caller, patterns);
  return patterns;
}

function readNewMetadata(given: UpdateTokenBody["metadata"]): TokenMetadata {
  const { metadata, errors } = readMetadata(given);
  refuseInvalid(errors);
  return metadata;
}

function refuseInvalid(errors: FieldError[]): void {
  if (errors.length > 0) throw invalidFields(errors);
}

/** A token that reads its customer's grants, or a part of them, must keep a customer. */
function refuseOrphan(access: TokenRow["access"], change: Updateable<TokenTable>): void {
  if (access === "own" || change.customer !== null) return;
  refuseInvalid([{ pointer: "/metadata/customer_id", detail: `is needed by a token with access "${access}"` }]);
}
