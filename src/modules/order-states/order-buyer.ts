import { sha256Hex } from "../../platform/crypto/secrets.ts";

/** Whose an order is. */
export interface OrderBuyer {
  /** `customers.id`; null for a guest. */
  customer: string | null;
  /** The address the order was sold to, in any case; null where none is known. */
  email: string | null;
}

/** A guest without an address: of one order number there is at most one. */
export const NOBODY_KNOWN = "";

/**
 * Under which names something may be remembered of an order of this buyer, the one to remember new things under first:
 * what was said of an address, before it was known whose it is, holds for the customer who has it.
 */
export function buyerKeys({ customer, email }: OrderBuyer): [string, ...string[]] {
  const ofAddress = email === null ? [] : [keyOfAddress(email)];
  if (customer !== null) return [customer, ...ofAddress];
  return [ofAddress[0] ?? NOBODY_KNOWN];
}

/** An address is personal, so its hash stands for it. */
export function keyOfAddress(email: string): string {
  return sha256Hex(email.toLowerCase());
}
