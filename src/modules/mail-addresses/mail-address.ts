import { isMailAddress } from "../../platform/mail/index.ts";

/** What decides to which address mails about a token go. */
export interface AddressFacts {
  /** `tokens.address_of`: `customer` once the customer's address was corrected after the sale. */
  addressOf: "order" | "customer";
  isGuest: boolean;
  /** As the shop wrote it into the token's metadata. */
  ofOrder: unknown;
  ofCustomer: string | null | undefined;
}

/**
 * The address of mails about a token; undefined where there is none that a mail can be sent to. That of its own order
 * comes first, because two sites that sell with one key name different people by the same id; it counts no more once
 * somebody said where the customer is today, and not either where that is nowhere. docs/administration/mail.md has
 * this rule for operators.
 */
export function mailAddress({ addressOf, isGuest, ofOrder, ofCustomer }: AddressFacts): string | undefined {
  if (isGuest) return usableAddress(ofOrder);
  if (addressOf === "customer") return usableAddress(ofCustomer);
  return usableAddress(ofOrder) ?? usableAddress(ofCustomer);
}

function usableAddress(given: unknown): string | undefined {
  const address = typeof given === "string" ? given.trim() : "";
  return isMailAddress(address) ? address : undefined;
}

/** The same rule for whoever is shown one: whatever is known, as it stands in the rows. */
export function shownAddress(
  token: { customer: string | null; customer_email: string | null; address_of: "order" | "customer" },
  customerEmail: string | null | undefined,
): string | null {
  if (token.customer !== null && token.address_of === "customer") return customerEmail ?? null;
  return token.customer_email ?? customerEmail ?? null;
}
