import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor, AuditDeps } from "../audit/index.ts";
import { markAddressReplaced, rememberAddress } from "./customer-addresses.ts";
import { mailTokensToCustomer, updateCustomerEmail } from "./customer-queries.ts";
import type { CustomerRow } from "./customer-queries.ts";

/** Whoever holds something that waits for an address; called after the change, in its transaction. */
export interface AddressWatcher {
  /** Of a customer (`customers.id`), or of what was written into one token (`tokens.id`). */
  addressChanged(trx: Db, whose: { customer: string } | { token: string }): Promise<void>;
}

/**
 * Corrects where a customer is: another e-mail address, or none, which from now on counts for all it was sold so far;
 * recorded, while the address it has already changes nothing. Within the transaction of whoever changes it, who holds
 * the customer.
 */
export async function setCustomerEmail(
  deps: AuditDeps & { mails?: AddressWatcher | undefined },
  trx: Db,
  actor: Actor,
  customer: Pick<CustomerRow, "id" | "shop" | "email">,
  email: string | null,
  now: number,
): Promise<void> {
  if (email === customer.email) return;
  const { id, shop } = customer;
  await updateCustomerEmail(trx, id, email, now);
  if (customer.email !== null) await markAddressReplaced(trx, id, customer.email, now);
  if (email !== null) await rememberAddress(trx, id, email, now);
  await mailTokensToCustomer(trx, id);
  await recordAuditEvent(deps, trx, actor, {
    action: "customer.updated",
    target: { kind: "customer", id },
    ...{ shop, customer: id },
    details: { before: { has_email: customer.email !== null }, after: { has_email: email !== null } },
    personal: { before: { email: customer.email }, after: { email } },
  });
  await deps.mails?.addressChanged(trx, { customer: id });
}
