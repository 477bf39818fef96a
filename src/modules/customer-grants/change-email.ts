import type { Caller } from "../callers/index.ts";
import { isCustomerVisible, setCustomerEmail } from "../customers/index.ts";
import type { AddressWatcher } from "../customers/index.ts";
import type { GrantDeps, OpenOrder } from "./line-access.ts";

/**
 * Gives the customer of an order the e-mail address that came with a purchase, within the transaction of the purchase.
 * Of a customer that does not exist for the caller nothing is changed. Returns what the caller should know.
 */
export async function changeEmail(
  deps: GrantDeps & { mails?: AddressWatcher | undefined },
  caller: Caller,
  { trx, customer, now }: OpenOrder,
  email: string | undefined,
): Promise<string[]> {
  if (email === undefined || email === customer.email) return [];
  if (!(await isCustomerVisible(trx, caller, customer.id))) {
    return ["The e-mail address was not changed: this management token does not see the customer."];
  }
  await setCustomerEmail(deps, trx, caller.actor, customer, email, now);
  return [];
}
