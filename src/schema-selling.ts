/** The tables beside a sale; src/schema.ts has the others, and what holds for all of them. */
import type { Generated } from "kysely";

/** Something that somebody should look at; it stays until it is dismissed or over. */
export interface AttentionEntryTable {
  id: string;
  /** Unique: what happens again while it is open is counted, not listed twice. */
  cause: string;
  /** Such as `order.another_buyer`: what the entry says and what can be done follow from it. */
  kind: string;
  /** null concerns every shop. */
  shop: string | null;
  /** `customers.id`; its entries go when it is erased. */
  customer: string | null;
  /** `token`, `customer`, `order`, `mail`, … */
  subject_kind: string;
  subject_id: string;
  /** JSON object of ids and settings; nothing that identifies a person. */
  details: string;
  times: Generated<number>;
  created_at: number;
  last_at: number;
  dismissed_at: number | null;
  /** Whoever dismissed it: a user's or a management token's id; null where it was over by itself. */
  dismissed_by: string | null;
}

/** An address that a customer has or had: a sale with another one may be somebody else's. */
export interface CustomerAddressTable {
  /** `customers.id`. */
  customer: string;
  /** Lower-cased. */
  email: string;
  created_at: number;
  /** When another one took its place; null: it is the customer's. */
  replaced_at: Generated<number | null>;
}

/** What was done to a whole order of one buyer, also before anything of it was sold. */
export interface OrderStateTable {
  shop: string;
  order_id: string;
  /** Of a customer `customers.id`, of a guest a hash of the address, "" of a guest without one. */
  buyer: string;
  /** JSON array: the package bound of whoever said it, past which it says nothing; "": no bound. */
  within: string;
  revoked_at: number | null;
  suspended_at: number | null;
  /** Numbers the revocations of the order: the tokens that one ended carry its number. */
  revocation: Generated<number>;
  /** JSON: the cancellations of the order (`grant_lines`) before the last revocation, to undo that. */
  cancellations_before: string | null;
  created_at: number;
  updated_at: number;
}

/** A renewal that counted: the same one never counts again. */
export interface RenewalTable {
  /** Of a token its id, of a line of an order `customers.id`, order and line as JSON. */
  target: string;
  /** The shop's name of it. */
  renewal_id: string;
  body_hash: string;
  ends_before: number | null;
  ends_after: number | null;
  created_at: number;
}
