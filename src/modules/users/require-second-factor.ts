import { AppError } from "../../platform/errors.ts";
import type { Db, UserRole } from "../../schema.ts";
import { hasSecondFactor } from "../sessions/index.ts";
import { changeSettingsWithin, readSettings, refuseBoundedSettings } from "../settings/index.ts";
import type { Settings } from "../settings/index.ts";
import { getUser } from "./create-user.ts";
import { holdManagers, roleOf } from "./role-rules.ts";
import type { UserManager } from "./role-rules.ts";
import type { UserDeps } from "./user-deps.ts";
import type { UserRow } from "./user-queries.ts";
import { ROLES } from "./user-schemas.ts";

/**
 * Sets which roles must have a second factor; in force with the next request of each user. Throws
 * `auth.outside_bound` and `auth.outside_role` for who may not, and `resource.conflict` for an owner who has none:
 * whoever requires it of others can show that it works here.
 */
export async function requireSecondFactorOf(
  deps: UserDeps,
  caller: UserManager,
  roles: readonly UserRole[],
): Promise<Settings> {
  refuseBoundedSettings(caller);
  return await deps.database.transaction(async (trx, changed) => {
    await holdManagers(deps, trx, caller);
    const before = await readSettings(trx);
    const now = before.second_factor_roles ?? [];
    const wanted = roles.length === 0 ? null : ROLES.filter((role) => roles.includes(role));
    if (JSON.stringify(wanted ?? []) === JSON.stringify(now)) return before;
    if (roleOf(caller) !== "owner") {
      throw new AppError("auth.outside_role", "Only an owner says who must have a second factor.");
    }
    if (
      wanted !== null &&
      caller.session !== undefined &&
      !hasSecondFactor(await getUser(trx, caller.actor.id ?? ""))
    ) {
      throw new AppError(
        "resource.conflict",
        "You have no second factor yourself: set up an authenticator app or a passkey first, then require it.",
      );
    }
    return await changeSettingsWithin(deps, { trx, changed, caller }, { second_factor_roles: wanted });
  });
}

/**
 * Throws `resource.conflict` where a user would be left without the second factor that the role must have. `left` is
 * the user as it would be; the row is held by the caller.
 */
export async function refuseWithoutSecondFactor(
  trx: Db,
  left: Pick<UserRow, "role" | "totp_confirmed_at" | "passkeys">,
): Promise<void> {
  const required = (await readSettings(trx)).second_factor_roles ?? [];
  if (!required.includes(left.role) || hasSecondFactor(left)) return;
  throw new AppError(
    "resource.conflict",
    `The role ${left.role} must have a second factor here, and this is your only one: set up another one first, or have an owner turn the requirement off.`,
  );
}
