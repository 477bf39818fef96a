import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { mayUndoCancellations, restoreGrantsOfCustomer, revokeGrantsOfCustomer } from "../customer-grants/index.ts";
import type { CancelledSince } from "../customer-grants/index.ts";
import { getVisibleCustomer, holdCustomer, updateCustomer } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { restoreTokensOfCustomer, revokeTokensOfCustomer } from "../tokens/index.ts";
import { refuseErased } from "./change-customer.ts";
import type { ChangeCustomerDeps } from "./change-customer.ts";

export interface RevokedSums {
  tokensRevoked: number;
  grantsRevoked: number;
}

/**
 * Ends everything a customer has: its tokens and its own grants, in force with the next request. Repeating it changes
 * nothing more. The shop may sell to the customer again, and {@link restoreCustomer} undoes it.
 */
export async function revokeCustomer(
  deps: ChangeCustomerDeps,
  caller: Caller,
  customerId: string,
  reason?: string,
): Promise<RevokedSums & { id: string }> {
  return await deps.database.transaction(async (trx, changed) => {
    const { id } = await getVisibleCustomer(trx, caller, customerId);
    await holdCustomer(trx, deps.database.engine, id);
    const customer = await getVisibleCustomer(trx, caller, customerId);
    return { id, ...(await revokeHeldCustomer(deps, trx, changed, caller, customer, reason)) };
  });
}

/**
 * The same within the transaction of whoever holds the customer. What was before is remembered with the first
 * revocation of a row of them, and anew when one ended something that was sold in between.
 */
export async function revokeHeldCustomer(
  deps: ChangeCustomerDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  customer: CustomerRow,
  reason?: string,
): Promise<RevokedSums> {
  const { id, shop } = customer;
  const now = nowSeconds(deps.clock);
  // What somebody undoes who could revoke more includes what is ended now.
  const isPart =
    customer.revoked_at !== null && !(await mayUndoCancellations(trx, caller, wholeOf(id), sinceOf(customer)));
  const revocation = isPart ? customer.revocation : customer.revocation + 1;
  const tokensRevoked = await revokeTokensOfCustomer(deps, trx, changed, caller, {
    customer: id,
    revocation,
    reason,
  });
  const { ended: grantsRevoked, isRemembered, before } = await revokeGrantsOfCustomer(trx, caller, id, now);
  const hasEnded = tokensRevoked + grantsRevoked > 0;
  if (!isPart && (hasEnded || customer.revoked_at === null)) {
    const remembered = { revocation, cancellations_before: JSON.stringify(before) };
    await updateCustomer(trx, id, { revoked_at: now, updated_at: now, ...remembered });
  }
  // What it keeps from coming later is a change as well.
  if (hasEnded || isRemembered) {
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "customer.revoked",
      target: { kind: "customer", id },
      ...{ shop, customer: id },
      details: { after: { tokens_revoked: tokensRevoked, grants_revoked: grantsRevoked } },
      ...(reason === undefined ? {} : { personal: { reason } }),
    });
  }
  return { tokensRevoked, grantsRevoked };
}

/** After what the customer was revoked last. */
function sinceOf({ cancellations_before }: CustomerRow): CancelledSince {
  return cancellations_before === null ? { receipt: 0 } : (JSON.parse(cancellations_before) as CancelledSince);
}

/** Everything a customer has, in place of one of its orders. */
function wholeOf(customer: string) {
  return { customer, orderId: "" };
}

export interface RestoredSums {
  /** False where the customer was not revoked, or was restored before: nothing was changed. */
  restored: boolean;
  tokensRestored: number;
  grantsRestored: number;
}

/**
 * Undoes the last {@link revokeCustomer}: the tokens that it ended work again with the secrets they had, and the
 * grants are what they were, as far as nothing else ended them. Repeating it changes nothing. Throws
 * `resource.not_found` where that would bring back what is outside the caller's bound.
 */
export async function restoreCustomer(
  deps: ChangeCustomerDeps,
  caller: Caller,
  customerId: string,
  reason?: string,
): Promise<RestoredSums & { id: string }> {
  return await deps.database.transaction(async (trx, changed) => {
    const { id } = await getVisibleCustomer(trx, caller, customerId);
    await holdCustomer(trx, deps.database.engine, id);
    const customer = await getVisibleCustomer(trx, caller, customerId);
    refuseErased(customer);
    if (customer.revoked_at === null) return { id, restored: false, tokensRestored: 0, grantsRestored: 0 };
    const now = nowSeconds(deps.clock);
    const { revocation, shop } = customer;
    const before = sinceOf(customer);
    if (!(await mayUndoCancellations(trx, caller, wholeOf(id), before))) {
      throw new AppError("resource.not_found", "There is no revocation that this management token may undo.");
    }
    const tokensRestored = await restoreTokensOfCustomer(deps, trx, changed, caller, {
      customer: id,
      revocation,
      reason,
    });
    const grantsRestored = await restoreGrantsOfCustomer(deps, trx, changed, id, before, now);
    await updateCustomer(trx, id, { revoked_at: null, cancellations_before: null, updated_at: now });
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "customer.restored",
      target: { kind: "customer", id },
      ...{ shop, customer: id },
      details: { after: { tokens_restored: tokensRestored, grants_restored: grantsRestored } },
      ...(reason === undefined ? {} : { personal: { reason } }),
    });
    // Revoked grants are in nobody's way, so a caller with a bound can have come here.
    await getVisibleCustomer(trx, caller, customerId);
    return { id, restored: true, tokensRestored, grantsRestored };
  });
}
