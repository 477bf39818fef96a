import type { RecordChange } from "../../platform/database/index.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { holdCustomer, rememberAddress } from "../customers/index.ts";
import { giveAwayTokenGrants, readGivenGrants } from "../grants/index.ts";
import type { GivenGrants } from "../grants/index.ts";
import { narrowToMaker } from "./change-access.ts";
import type { TokenDeps } from "./create-token.ts";
import { warnOfOtherTokens } from "./customer-credentials.ts";
import { getTokenForChange, getVisibleToken } from "./find-token.ts";
import { placeOfJoined } from "./join-place.ts";
import { refuseAnotherAddress, refuseLoss, refuseSuspended, refuseUnjoinable } from "./join-refusals.ts";
import { warningsOfJoinedEnd } from "./join-warnings.ts";
import { isAnotherAddress } from "./another-address.ts";
import { inheritSuspension } from "./suspension.ts";
import { tokenChanged } from "./token-changes.ts";
import { lineOf, linesOf } from "./token-lines.ts";
import type { LinePlace, LineTerms } from "./token-lines.ts";
import { auditableToken, presentToken } from "./token-presenter.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/** With what a token joins its customer. */
export interface JoinWish {
  /** Somebody says that the buyer is the customer, also where the sale came with an address the customer never had. */
  isSamePerson: boolean;
  /** What somebody says of it; beside the audit record, never in it. */
  reason?: string | undefined;
}

export interface JoinedToken {
  row: TokenRow;
  /** Where what it was sold with is; undefined where it had nothing of its own. */
  place: LinePlace | undefined;
  /** False where it read all of its customer already, and had nothing of its own. */
  isChanged: boolean;
  /** The address of the sale is one of the customer's from now on, and was none before. */
  hadAnotherAddress: boolean;
  warnings: string[];
}

type OwnedRow = TokenRow & { customer: string };

/**
 * Makes a line of its customer's order of what a token was sold with, and the token a credential of that customer,
 * whose address that of the sale is from now on as well. Within the transaction of whoever wishes it. The secret, the
 * limit and the dates stay. Repeating it changes nothing. What is not possible is `resource.conflict`, in words.
 */
export async function joinCustomer(
  deps: TokenDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  id: string,
  wish: JoinWish,
): Promise<JoinedToken> {
  const seen = await getVisibleToken(trx, caller, id);
  if (seen.customer !== null) await holdCustomer(trx, deps.database.engine, seen.customer);
  const row = await getTokenForChange(trx, deps.database.engine, caller, id);
  const asItIs = { row, place: lineOf(row), isChanged: false, hadAnotherAddress: false, warnings: [] };
  if (row.order_line !== null) return asItIs;
  refuseUnjoinable(row);
  const { customer } = row;
  if (customer === null || customer !== seen.customer) {
    throw new AppError("request.in_flight", "Somebody gives this token to another customer just now; try again.");
  }
  const given = await readGivenGrants(trx, row);
  if (given.patterns.length === 0) return asItIs;
  const hadAnotherAddress = await isAnotherAddress(trx, customer, row.customer_email ?? undefined);
  if (hadAnotherAddress && !wish.isSamePerson) refuseAnotherAddress();
  return { ...(await join(deps, trx, changed, caller, { ...row, customer }, given, wish)), hadAnotherAddress };
}

async function join(
  deps: TokenDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  row: OwnedRow,
  given: GivenGrants,
  { reason }: JoinWish,
): Promise<Omit<JoinedToken, "hadAnotherAddress">> {
  const now = nowSeconds(deps.clock);
  const before = presentToken(row, given, now);
  // One that reads its customer's grants is narrowed already.
  if (row.access === "own") await narrowToMaker(trx, caller, row);
  await refuseLoss(trx, row, given);
  const terms = termsOf(row, given);
  const { place, isHeld } = await placeOfJoined(deps, trx, caller, row, terms);
  const sale = isHeld ? undefined : await linesOf(deps).prepare(trx, caller, terms);
  const warnings = sale === undefined ? [] : await linesOf(deps).sell(trx, changed, caller, place, sale);
  await giveAwayTokenGrants(trx, row.id);
  const sold = { access: "customer" as const, order_id: place.orderId, order_line: place.line, updated_at: now };
  const joined = await inheritSuspension(trx, await updateToken(trx, row.id, sold), now);
  refuseSuspended(joined);
  if (row.customer_email !== null) await rememberAddress(trx, row.customer, row.customer_email, now);
  const after = presentToken(joined, await readGivenGrants(trx, joined), now);
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.joined_customer",
    target: { kind: "token", id: row.id },
    shop: row.shop,
    customer: row.customer,
    details: { before: auditableToken(before), after: auditableToken(after) },
    ...(reason === undefined ? {} : { personal: { reason } }),
  });
  changed(tokenChanged(row.id));
  warnings.push(...warningsOfJoinedEnd(row, now), ...(await warnOfOtherTokens(trx, caller, joined, now)));
  return { row: joined, place, isChanged: true, warnings };
}

/** All that the token was sold with, the packages granted along too, which may not be what is required today. */
function termsOf(row: TokenRow, { patterns, terms, dependencies }: GivenGrants): LineTerms {
  return {
    ...terms,
    patterns,
    expiresAt: row.expires_at,
    graceDays: row.grace_days,
    withDependencies: dependencies.length > 0,
    dependencies,
  };
}
