import type { UserRole } from "../../schema.ts";
import { SCOPES_BY_ROLE } from "../callers/index.ts";
import type { UserRow } from "./user-queries.ts";

/** A user as lists show it. */
export interface PresentedUser {
  id: string;
  email: string;
  name: string;
  role: UserRole;
  status: "active" | "invited";
  totp_enabled: boolean;
  passkeys: number;
  last_login_at: number | null;
  created_at: number;
}

export function presentUser(row: UserRow): PresentedUser {
  return {
    id: row.id,
    email: row.email ?? "",
    name: row.name,
    role: row.role,
    status: row.password_hash === null ? "invited" : "active",
    totp_enabled: hasTotp(row),
    passkeys: row.passkeys,
    last_login_at: row.last_login_at,
    created_at: row.created_at,
  };
}

/** The logged-in user, with what the role allows. */
export interface SessionUser {
  id: string;
  email: string;
  name: string;
  role: UserRole;
  totp_enabled: boolean;
  passkeys: number;
  scopes: string[];
}

export function presentSessionUser(row: UserRow): SessionUser {
  return {
    id: row.id,
    email: row.email ?? "",
    name: row.name,
    role: row.role,
    totp_enabled: hasTotp(row),
    passkeys: row.passkeys,
    scopes: [...SCOPES_BY_ROLE[row.role]],
  };
}

/** Whether logging in may take a code of an authenticator; not while the authenticator was shown but not confirmed. */
export function hasTotp(row: Pick<UserRow, "totp_confirmed_at">): boolean {
  return row.totp_confirmed_at !== null;
}
