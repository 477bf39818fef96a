import { AppError } from "../../platform/errors.ts";
import type { Caller } from "../callers/index.ts";
import { joinCustomer } from "../tokens/index.ts";
import type { TokenDeps } from "../tokens/index.ts";
import { dismissHeldEntry, getEntryForChange, presentEntry } from "./attention-entries.ts";
import type { PresentedEntry } from "./attention-entries.ts";

/**
 * Says yes to what an entry asks: it is the same person. What was sold with another address becomes a line of the
 * customer's order, its token a credential of the customer, and the entry is settled. Repeating it changes nothing.
 */
export async function confirmAttention(
  deps: TokenDeps,
  caller: Caller,
  id: string,
): Promise<{ entry: PresentedEntry; customer: string | null }> {
  return await deps.database.transaction(async (trx, changed) => {
    const row = await getEntryForChange(deps, trx, caller, id);
    const { token } = JSON.parse(row.details) as { token?: unknown };
    if (row.kind !== "customer.another_address" || typeof token !== "string") {
      throw new AppError("resource.conflict", "This entry asks nothing that could be confirmed; dismiss it.");
    }
    await joinCustomer(deps, trx, changed, caller, token);
    if (row.dismissed_at === null) await dismissHeldEntry(deps, trx, caller, row);
    const settled = await getEntryForChange(deps, trx, caller, id);
    return { entry: presentEntry(settled), customer: settled.customer };
  });
}
