import type { RecordChange } from "../../platform/database/index.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { holdCustomer, rememberAddress } from "../customers/index.ts";
import { NOTHING_GIVEN, giveGrants, readGivenGrants } from "../grants/index.ts";
import { narrowToMaker } from "./change-access.ts";
import type { TokenDeps } from "./create-token.ts";
import { getTokenForChange, getVisibleToken } from "./find-token.ts";
import { refuseRevoked } from "./revocation.ts";
import { tokenChanged } from "./token-changes.ts";
import { lineNameOf, linesOf } from "./token-lines.ts";
import { auditableToken, presentToken } from "./token-presenter.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Makes a line of its customer's order of what a token was sold with, and the token a credential of that customer:
 * somebody confirmed that its buyer is the customer, whose address that of the sale is from now on as well. Within the
 * transaction of whoever confirms it. Repeating it changes nothing.
 */
export async function joinCustomer(
  deps: TokenDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  id: string,
): Promise<void> {
  const { customer } = await getVisibleToken(trx, caller, id);
  if (customer === null) throw new AppError("resource.conflict", "This token has no customer to join.");
  await holdCustomer(trx, deps.database.engine, customer);
  const row = await getTokenForChange(trx, deps.database.engine, caller, id);
  if (row.order_line !== null) return;
  refuseRevoked(row);
  if (row.access !== "own" || row.customer !== customer) {
    throw new AppError("resource.conflict", "This token was changed since; it cannot join its customer any more.");
  }
  await moveToCustomer(deps, trx, changed, caller, { ...row, customer });
}

async function moveToCustomer(
  deps: TokenDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  row: TokenRow & { customer: string },
): Promise<void> {
  const now = nowSeconds(deps.clock);
  const given = await readGivenGrants(trx, row);
  const before = presentToken(row, given, now);
  const terms = { ...given.terms, patterns: given.patterns, expiresAt: row.expires_at };
  const place = { customer: row.customer, orderId: row.order_id ?? row.id, line: lineNameOf(given.patterns) };
  const known = await linesOf(deps).find(trx, caller, place);
  if (known === undefined || known.hasEnded) {
    await linesOf(deps).sell(trx, changed, caller, place, await linesOf(deps).prepare(trx, caller, terms));
  }
  await giveGrants(trx, row, NOTHING_GIVEN, now);
  const sold = { access: "customer" as const, order_id: place.orderId, order_line: place.line, updated_at: now };
  const joined = await updateToken(trx, row.id, sold);
  await narrowToMaker(trx, caller, joined);
  if (row.customer_email !== null) await rememberAddress(trx, row.customer, row.customer_email, now);
  const after = presentToken(joined, await readGivenGrants(trx, joined), now);
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.joined_customer",
    target: { kind: "token", id: row.id },
    ...{ shop: row.shop, customer: row.customer },
    details: { before: auditableToken(before), after: auditableToken(after) },
  });
  changed(tokenChanged(row.id));
}
