/** The tables of people who log into the dashboard; the rest is in schema.ts. */

import type { Generated } from "kysely";

export type UserRole = "owner" | "admin" | "support" | "viewer";

/** A human who logs into the dashboard. */
export interface UserTable {
  id: string;
  /** Lower-cased; null once removed, so that the address is free and nothing personal stays. */
  email: string | null;
  name: string;
  role: UserRole;
  /** argon2id; null while an invitation waits to be accepted. */
  password_hash: string | null;
  sealed_totp_secret: string | null;
  /** null while the authenticator was shown but not confirmed with a code. */
  totp_confirmed_at: number | null;
  /** The time step of the last code that was taken: it and earlier ones are not taken again. */
  totp_last_step: number | null;
  /** How many the user has; kept here, so that every look at a user tells whether there is a second factor. */
  passkeys: Generated<number>;
  last_login_at: number | null;
  created_at: number;
  updated_at: number;
  removed_at: number | null;
}

export interface UserRecoveryCodeTable {
  user: string;
  code_hash: string;
  used_at: number | null;
}

export interface SessionTable {
  id: string;
  user: string;
  /** Of the cookie's value. */
  secret_hash: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  /** When password, code or passkey were last given in it; null: at the log-in. */
  proven_at: number | null;
  address: string | null;
  user_agent: string | null;
}

/** A WebAuthn credential of a user. */
export interface PasskeyTable {
  id: string;
  user: string;
  name: string;
  /** What the browser knows it by, base64url. */
  credential_id: string;
  /** COSE, base64url. */
  public_key: string;
  /** Of the authenticator's signatures; 0 where it does not count. */
  counter: number;
  /** How browsers reach it; a JSON list. */
  transports: string;
  /** 1: the user's other devices have it as well. */
  synced: number;
  created_at: number;
  last_used_at: number | null;
}

/** What a passkey has signed: it is not taken again. Challenges that nobody answered are stored nowhere. */
export interface SpentChallengeTable {
  challenge_hash: string;
  expires_at: number;
}

export type OneTimeLinkKind = "setup" | "invitation" | "password_reset";

/** What a link holds is known to its holder only; it works once. */
export interface OneTimeLinkTable {
  id: string;
  kind: OneTimeLinkKind;
  /** null for the set-up, which makes the first one. */
  user: string | null;
  secret_hash: string;
  created_by: string;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

/** Failed log-ins of late, of an account or an address. */
export interface LoginFailureTable {
  /** Whose: see login-throttle.ts and password-reset-queries.ts. */
  key: string;
  failures: number;
  last_failed_at: number;
}

export interface SettingTable {
  name: string;
  /** JSON. */
  value: string;
  updated_at: number;
}
