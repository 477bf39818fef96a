/** The tables of what moves between customers, and of how support finds them; src/schema.ts has what holds for all. */
import type { Generated } from "kysely";

/** A word of a buyer's name, as it is searched for: in lower case and without accents. */
export interface TokenWordTable {
  token: string;
  word: string;
}

export type MoveKind = "merge" | "token" | "order";

/** Something that was given to another customer of the same shop. */
export interface MoveTable {
  id: string;
  kind: MoveKind;
  shop: string;
  /** `customers.id`; null where it was a guest's. */
  from_customer: string | null;
  to_customer: string;
  /** Of the kind `token`. */
  token: string | null;
  /** Of the kind `order`. */
  order_id: string | null;
  /** JSON: what it takes to undo it; null once that cannot be done any more, or was. */
  undo: string | null;
  /** Whoever moved it: a user's or a management token's id. */
  moved_by: string;
  created_at: number;
  undone_at: number | null;
}

/** Where an order of a customer went: what the shop tells of it under the old id reaches it there. */
export interface MovedOrderTable {
  /** `customers.id` of whom it was bought by. */
  customer: string;
  order_id: string;
  /** `customers.id`. */
  moved_to: string;
}

/** A code that was mailed to a guest, who proves with it that the address is theirs. */
export interface JoinCodeTable {
  /** `customers.id` of the guest. */
  customer: string;
  code_hash: string;
  attempts: Generated<number>;
  created_at: number;
  expires_at: number;
}
