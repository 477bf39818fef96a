/** The tables about secrets themselves; src/schema.ts has the others, and what holds for all of them. */

/** The one row (id 1) that says that every sealed secret was bound to where it may go. */
export interface SecretBindingTable {
  id: number;
  bound_at: number;
}

/** What became of a secret that was found in public. */
export type LeakOutcome = "revoked" | "secret_ended" | "told" | "noted";

/** A secret of ours that somebody reported as found in public, once. */
export interface LeakedSecretTable {
  secret_hash: string;
  /** Whose it is: one of both is set. */
  token: string | null;
  management_token: string | null;
  last_four: string;
  /** Where it was found, as the reporter says: the kind of place, and its URL. */
  source: string | null;
  url: string | null;
  outcome: LeakOutcome;
  reported_at: number;
}
