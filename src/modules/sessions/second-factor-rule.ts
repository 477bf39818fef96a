import type { UserTable } from "../../schema.ts";

/** Under this name the settings keep the roles that must have a second factor, as a JSON list. */
export const SECOND_FACTOR_ROLES = "second_factor_roles";

/** Whether logging in takes more than the password; not while an authenticator was shown but not confirmed. */
export function hasSecondFactor(user: {
  totp_confirmed_at: UserTable["totp_confirmed_at"];
  passkeys: number;
}): boolean {
  return user.totp_confirmed_at !== null || user.passkeys > 0;
}

/** Whether the role must have a second factor, by the setting as it is stored. */
export function isSecondFactorRequired(role: UserTable["role"], stored: string | null): boolean {
  return stored !== null && (JSON.parse(stored) as unknown[]).includes(role);
}
