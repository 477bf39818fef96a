import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer, updateCustomerEmail } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import type { MailingDeps } from "../tokens/index.ts";
import { lockCustomer } from "./customer-account-queries.ts";
import type { UpdateCustomerBody } from "./customer-schemas.ts";

export interface ChangeCustomerDeps extends AuditDeps, MailingDeps {
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
    refuseErased(customer);
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

/** 409: nothing is ever given to, or written about, a customer that was erased. */
export function refuseErased(customer: Pick<CustomerRow, "erased_at">): void {
  if (customer.erased_at === null) return;
  throw new AppError("resource.conflict", "This customer was erased, which is final.");
}
