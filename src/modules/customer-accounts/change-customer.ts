import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer, holdCustomer, setCustomerEmail } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import type { MailingDeps } from "../tokens/index.ts";
import type { UpdateCustomerBody } from "./customer-schemas.ts";
import type { CustomerBudgets } from "../grants/index.ts";

export interface ChangeCustomerDeps extends AuditDeps, MailingDeps {
  budgets: CustomerBudgets;
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
    await holdCustomer(trx, deps.database.engine, id);
    const customer = await getVisibleCustomer(trx, caller, customerId);
    refuseErased(customer);
    if (input.email === undefined) return;
    await setCustomerEmail(deps, trx, caller.actor, customer, input.email, nowSeconds(deps.clock));
  });
}

/** 409: nothing is ever given to, or written about, a customer that was erased. */
export function refuseErased(customer: Pick<CustomerRow, "erased_at">): void {
  if (customer.erased_at === null) return;
  throw new AppError("resource.conflict", "This customer was erased, which is final.");
}
