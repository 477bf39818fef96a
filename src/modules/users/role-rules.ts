import { AppError } from "../../platform/errors.ts";
import type { Db, UserRole } from "../../schema.ts";
import type { Caller, Principal } from "../callers/index.ts";
import type { UserDeps } from "./user-deps.ts";
import { findUserRow, lockOwners } from "./user-queries.ts";

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

/**
 * Lets changes of users happen one after the other, and refuses those of somebody who was removed or given another
 * role since the request was authenticated. First of all in a transaction, before any other user's row is held.
 */
export async function holdManagers(deps: Pick<UserDeps, "database">, trx: Db, caller: UserManager): Promise<void> {
  await lockOwners(trx, deps.database.engine);
  if (caller.session === undefined) return;
  const own = await findUserRow(trx, caller.actor.id ?? "");
  if (own?.role === caller.session.role) return;
  throw new AppError("resource.conflict", "Your own account was changed at this moment; try again.");
}
