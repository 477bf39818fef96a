import { nowSeconds } from "../../platform/clock.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { revokeGrantsOfCustomer } from "../customer-grants/index.ts";
import { getVisibleCustomer, updateCustomerEmail } from "../customers/index.ts";
import { revokeTokensOfCustomer } from "../tokens/index.ts";
import { lockCustomer } from "./customer-account-queries.ts";
import type { UpdateCustomerBody } from "./customer-schemas.ts";

export interface ChangeCustomerDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
}

/** A new e-mail address, or none. What the shop wrote into tokens stays as it wrote it. */
export async function changeCustomer(
  deps: ChangeCustomerDeps,
  caller: Caller,
  customerId: string,
  input: UpdateCustomerBody,
): Promise<void> {
  await deps.database.transaction(async (trx) => {
    const { id } = await getVisibleCustomer(trx, caller, customerId);
    await lockCustomer(trx, deps.database.engine, id);
    const customer = await getVisibleCustomer(trx, caller, customerId);
    if (input.email === undefined || input.email === customer.email) return;
    await updateCustomerEmail(trx, id, input.email, nowSeconds(deps.clock));
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "customer.updated",
      target: { kind: "customer", id },
      ...{ shop: customer.shop, customer: id },
      details: { before: { has_email: customer.email !== null }, after: { has_email: input.email !== null } },
      personal: { before: { email: customer.email }, after: { email: input.email } },
    });
  });
}

/**
 * Ends everything a customer has: its tokens, each as by itself, and its own grants, in force with the next request.
 * Repeating it changes nothing more. The shop may sell to the customer again.
 */
export async function revokeCustomer(
  deps: ChangeCustomerDeps,
  caller: Caller,
  customerId: string,
): Promise<{ tokensRevoked: number; grantsRevoked: number }> {
  return await deps.database.transaction(async (trx, changed) => {
    const customer = await getVisibleCustomer(trx, caller, customerId);
    const { id, shop } = customer;
    await lockCustomer(trx, deps.database.engine, id);
    const tokensRevoked = await revokeTokensOfCustomer(deps, trx, changed, caller, id);
    const grantsRevoked = await revokeGrantsOfCustomer(trx, id, nowSeconds(deps.clock));
    if (tokensRevoked + grantsRevoked > 0) {
      await recordAuditEvent(deps, trx, caller.actor, {
        action: "customer.revoked",
        target: { kind: "customer", id },
        ...{ shop, customer: id },
        details: { after: { tokens_revoked: tokensRevoked, grants_revoked: grantsRevoked } },
      });
    }
    return { tokensRevoked, grantsRevoked };
  });
}
