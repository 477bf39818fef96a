import { nowSeconds } from "../../platform/clock.ts";
import { isIntegrityFailure } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Principal } from "../callers/index.ts";
import {
  findCustomer,
  forgetAddresses,
  forgetMoves,
  getVisibleCustomer,
  holdCustomer,
  rememberAddress,
  updateCustomer,
} from "../customers/index.ts";
import { handOverTokens } from "../tokens/index.ts";
import type { HandedOverToken } from "../tokens/index.ts";
import { refuseErased } from "./change-customer.ts";
import type { ChangeCustomerDeps } from "./change-customer.ts";
import type { TransferCustomerBody } from "./customer-schemas.ts";

export interface TransferredCustomer {
  /** `customers.id`. */
  id: string;
  customer_id: string;
  shop: string;
  email: string;
  tokens: Omit<HandedOverToken, "warnings">[];
  /** What kept mails from being sent, each once. */
  warnings: string[];
}

/**
 * Gives a customer, with everything it has, to a new owner: another e-mail address, another id of the shop where one
 * is given, and new secrets, each returned once. The old secrets go on working for the overlap. Grants stay. What an
 * earlier revocation ended is not brought back any more: those secrets are the old owner's. Throws
 * `resource.conflict` where the new id is somebody else's.
 */
export async function transferCustomer(
  deps: ChangeCustomerDeps,
  caller: Principal,
  customerId: string,
  input: TransferCustomerBody,
): Promise<TransferredCustomer> {
  const newId = input.customer_id ?? undefined;
  if (newId !== undefined) refuseRenaming(caller);
  return await deps.database.transaction(async (trx, changed) => {
    const { id } = await getVisibleCustomer(trx, caller, customerId);
    await holdCustomer(trx, deps.database.engine, id);
    const customer = await getVisibleCustomer(trx, caller, customerId);
    refuseErased(customer);
    const { shop, email: emailBefore } = customer;
    const { email } = input;
    const taken = newId === undefined ? undefined : await findCustomer(trx, shop, newId);
    if (taken !== undefined && taken.id !== id) throw takenId();
    const after = { email, customer_id: newId ?? customer.customer_id };
    const now = nowSeconds(deps.clock);
    await updateCustomer(trx, id, { ...after, updated_at: now }).catch((error: unknown) => {
      // A sale made a customer of this id in the same moment.
      throw isIntegrityFailure(error) ? takenId() : error;
    });
    await forgetMoves(trx, id);
    // What the owner before was known by says nothing of the new one.
    await forgetAddresses(trx, id);
    await rememberAddress(trx, id, email, now);
    const overlapSeconds = input.overlap_seconds ?? 0;
    const notify = input.notify ?? undefined;
    const owner = { customer: id, emailBefore, email, customerId: newId, overlapSeconds, notify };
    const handedOver = await handOverTokens(deps, trx, changed, caller, owner);
    const tokens = handedOver.map(({ warnings: _warnings, ...token }) => token);
    await deps.mails?.addressChanged(trx, { customer: id });
    const warnings = [...new Set(handedOver.flatMap((token) => token.warnings))];
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "customer.transferred",
      target: { kind: "customer", id },
      ...{ shop, customer: id },
      details: { after: { tokens: tokens.length, overlap_seconds: overlapSeconds } },
      personal: { before: { email: emailBefore, customer_id: customer.customer_id }, after },
    });
    return { id, shop, ...after, tokens, warnings };
  });
}

function takenId(): AppError {
  return new AppError("resource.conflict", "The shop has another customer of this id.", {
    errors: [{ pointer: "/customer_id", detail: "is another customer of this shop" }],
  });
}

/** Whoever may rotate tokens may hand them over; what the customer is called is the customer's. */
function refuseRenaming(caller: Principal): void {
  if (caller.scopes.has("customers:write")) return;
  throw new AppError("auth.missing_scope", "A new customer_id needs the scope customers:write besides.");
}
