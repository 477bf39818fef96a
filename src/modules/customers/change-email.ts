import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor, AuditDeps } from "../audit/index.ts";
import { rememberAddress } from "./customer-addresses.ts";
import { updateCustomerEmail } from "./customer-queries.ts";
import type { CustomerRow } from "./customer-queries.ts";

/**
 * Gives a customer another e-mail address, or none, and records it; the address it has already changes nothing. Within
 * the transaction of whoever changes it, who holds the customer.
 */
export async function setCustomerEmail(
  deps: AuditDeps,
  trx: Db,
  actor: Actor,
  customer: Pick<CustomerRow, "id" | "shop" | "email">,
  email: string | null,
  now: number,
): Promise<void> {
  if (email === customer.email) return;
  const { id, shop } = customer;
  await updateCustomerEmail(trx, id, email, now);
  if (email !== null) await rememberAddress(trx, id, email, now);
  await recordAuditEvent(deps, trx, actor, {
    action: "customer.updated",
    target: { kind: "customer", id },
    ...{ shop, customer: id },
    details: { before: { has_email: customer.email !== null }, after: { has_email: email !== null } },
    personal: { before: { email: customer.email }, after: { email } },
  });
}
