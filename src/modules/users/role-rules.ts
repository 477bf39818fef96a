import { AppError } from "../../platform/errors.ts";
import type { UserRole } from "../../schema.ts";
import type { Caller, Principal } from "../callers/index.ts";

/** Somebody who manages users: a user with a session, a management token with `users:write`, the command line. */
export type UserManager = Caller & Pick<Partial<Principal>, "session">;

/**
 * As whom somebody manages users. A management token counts as an admin: `users:write` is the power to let people in.
 * The command line belongs to who could write to the database as well.
 */
export function roleOf(caller: UserManager): UserRole {
  if (caller.session !== undefined) return caller.session.role;
  return caller.actor.kind === "cli" || caller.actor.kind === "system" ? "owner" : "admin";
}

/** Only an owner makes, changes or removes an owner. `role` is what somebody is, or shall become. */
export function refuseForeignRole(caller: UserManager, role: UserRole): void {
  if (role !== "owner" || roleOf(caller) === "owner") return;
  throw new AppError("auth.outside_role", "Only an owner makes, changes or removes an owner.");
}

/** Users see every package; for a management token with a bound they do not exist. */
export function refuseBounded(caller: UserManager): void {
  if (caller.packageBound === null) return;
  throw new AppError("resource.not_found", "Users are not for management tokens with a package bound.");
}
