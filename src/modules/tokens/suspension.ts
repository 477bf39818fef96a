import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { findCustomerSuspension, listReach } from "../grants/index.ts";
import { concerns, findOrderState } from "../order-states/index.ts";
import { tokenChanged } from "./token-changes.ts";
import { readSuspensions, statusOf, suspendersOf } from "./token-presenter.ts";
import type { Suspensions } from "./token-presenter.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Brings a token's suspensions up to what its customer and its order say now; that of the token itself stays. Within
 * the transaction of whoever stored or moved the token, or suspends or resumes the customer or the order; after the
 * token's patterns are stored. Returns the row as it is then.
 */
export async function inheritSuspension(trx: Db, row: TokenRow, now: number): Promise<TokenRow> {
  const { token } = readSuspensions(row);
  const suspensions = { ...(token === undefined ? {} : { token }), ...(await inheritedBy(trx, row)) };
  return await storeSuspensions(trx, row, suspensions, now);
}

/** The same, with the record of what it changes for a token that works otherwise. True where it changed something. */
export async function inheritRecorded(
  deps: AuditDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  row: TokenRow,
): Promise<boolean> {
  const after = await inheritSuspension(trx, row, nowSeconds(deps.clock));
  return await recordSuspension(deps, trx, changed, caller, { before: row, after, reason: undefined });
}

/** Suspends a token itself, or resumes it: what else suspends it goes on. */
export async function suspendItself(trx: Db, row: TokenRow, since: number | undefined, now: number): Promise<TokenRow> {
  const { token: _before, ...others } = readSuspensions(row);
  const suspensions = since === undefined ? others : { token: since, ...others };
  return await storeSuspensions(trx, row, suspensions, now);
}

/** The record of a change of what suspends a token; nothing for one that is revoked anyway. */
export async function recordSuspension(
  deps: AuditDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  { before, after, reason }: { before: TokenRow; after: TokenRow; reason: string | undefined },
): Promise<boolean> {
  if (before.suspensions === after.suspensions || after.revoked_at !== null) return false;
  const isMore = suspendersOf(after).length > suspendersOf(before).length;
  const now = nowSeconds(deps.clock);
  const factsOf = (row: TokenRow) => ({ status: statusOf(row, now), suspended_by: suspendersOf(row) });
  await recordAuditEvent(deps, trx, caller.actor, {
    action: isMore ? "token.suspended" : "token.resumed",
    target: { kind: "token", id: after.id },
    ...{ shop: after.shop, customer: after.customer },
    details: { before: factsOf(before), after: factsOf(after) },
    ...(reason === undefined ? {} : { personal: { reason } }),
  });
  changed(tokenChanged(after.id));
  return true;
}

async function inheritedBy(trx: Db, row: TokenRow): Promise<Suspensions> {
  const ofCustomer = row.customer === null ? undefined : await findCustomerSuspension(trx, row.customer);
  if (ofCustomer === undefined && row.order_id === null) return {};
  const reach = await listReach(trx, row);
  const isOfCustomer = ofCustomer !== undefined && concerns(ofCustomer.within, reach);
  const buyer = { customer: row.customer, email: row.customer_email };
  const ofOrder =
    row.order_id === null ? null : (await findOrderState(trx, row.shop, row.order_id, buyer, reach)).suspendedAt;
  return {
    ...(isOfCustomer ? { customer: ofCustomer.at } : {}),
    ...(ofOrder === null ? {} : { order: ofOrder }),
  };
}

async function storeSuspensions(trx: Db, row: TokenRow, suspensions: Suspensions, now: number): Promise<TokenRow> {
  const times = Object.values(suspensions);
  const text = times.length === 0 ? null : JSON.stringify(suspensions);
  if (text === row.suspensions) return row;
  const suspended_at = times.length === 0 ? null : Math.min(...times);
  return await updateToken(trx, row.id, { suspensions: text, suspended_at, updated_at: now });
}
