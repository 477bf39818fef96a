import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { joinCustomer } from "../tokens/index.ts";
import type { TokenDeps } from "../tokens/index.ts";
import { dismissHeldEntry, getEntryForChange, getVisibleEntry, presentEntry } from "./attention-entries.ts";
import type { AttentionDeps, PresentedEntry } from "./attention-entries.ts";
import { listOpenEntriesOfCustomer } from "./attention-entry-queries.ts";

const ASKS_WHO = "customer.another_address";

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
    const asked = await getVisibleEntry(trx, caller, id);
    const token = tokenOf(asked);
    if (asked.kind !== ASKS_WHO || typeof token !== "string") {
      throw new AppError("resource.conflict", "This entry asks nothing that could be confirmed; dismiss it.");
    }
    // Holds the customer and the token; whoever settles an entry holds those before it.
    await joinCustomer(deps, trx, changed, caller, token, { isSamePerson: true });
    const row = await getEntryForChange(deps, trx, caller, id);
    if (row.dismissed_at === null) await dismissHeldEntry(deps, trx, caller, row);
    const settled = await getVisibleEntry(trx, caller, id);
    return { entry: presentEntry(settled), customer: settled.customer };
  });
}

/**
 * Settles what is asked about the buyer of a token, who was said to be the customer (`customers.id`) in another way;
 * within the transaction of whoever said so.
 */
export async function settleAnotherAddress(
  deps: AttentionDeps,
  trx: Db,
  caller: Caller,
  { id, customer }: { id: string; customer: string },
): Promise<void> {
  for (const row of await listOpenEntriesOfCustomer(trx, caller, { kind: ASKS_WHO, customer })) {
    if (tokenOf(row) === id) await dismissHeldEntry(deps, trx, caller, row);
  }
}

function tokenOf({ details }: { details: string }): unknown {
  return (JSON.parse(details) as { token?: unknown }).token;
}
