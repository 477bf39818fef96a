import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Db, UserRole } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { voidLinks, voidLinksMadeBy } from "../one-time-links/index.ts";
import { endSessionsOf, hasSecondFactor, listSessions } from "../sessions/index.ts";
import type { PresentedSession, SessionDeps } from "../sessions/index.ts";
import { getUser } from "./create-user.ts";
import { forgetFailuresOf } from "./login-throttle.ts";
import { holdManagers, refuseBounded, refuseForeignRole } from "./role-rules.ts";
import type { UserManager } from "./role-rules.ts";
import type { UserDeps } from "./user-deps.ts";
import { readUserName } from "./user-input.ts";
import { hasTotp, presentUser } from "./user-presenter.ts";
import type { PresentedUser } from "./user-presenter.ts";
import {
  countOwnerRows,
  countPowerfulTokensOf,
  deleteLinksOf,
  deletePasskeysOf,
  deleteRecoveryCodesOf,
  listUserRows,
  lockUser,
  updateUserRow,
} from "./user-queries.ts";
import type { UserRow } from "./user-queries.ts";

const DEFAULT_LIMIT = 100;

/** A page of users, newest first, and where the next one begins. A caller with a package bound sees none. */
export async function listUsers(
  deps: Pick<UserDeps, "database">,
  caller: UserManager,
  query: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ users: PresentedUser[]; nextCursor: string | undefined }> {
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "user");
  if (caller.packageBound !== null) return { users: [], nextCursor: undefined };
  const limit = query.limit ?? DEFAULT_LIMIT;
  const rows = await listUserRows(deps.database.db, { after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const end = rows.length > limit ? page.at(-1) : undefined;
  return {
    users: page.map(presentUser),
    nextCursor: end === undefined ? undefined : writeCursor({ at: end.created_at, id: end.id }),
  };
}

export async function readUser(
  deps: Pick<UserDeps, "database">,
  caller: UserManager,
  id: string,
): Promise<PresentedUser> {
  refuseBounded(caller);
  return presentUser(await getUser(deps.database.db, id));
}

/**
 * Changes name and role; what is left out stays. Another role counts with the user's next request, and ends links to
 * the account, whose makers could not have made them for that role; and links that the user made as more. Throws
 * `auth.outside_role`, and `resource.conflict` for the last owner.
 */
export async function updateUser(
  deps: UserDeps,
  caller: UserManager,
  id: string,
  input: { name?: string | undefined; role?: UserRole | undefined },
): Promise<PresentedUser> {
  return await deps.database.transaction(async (trx) => {
    const user = await getUserForChange(deps, trx, caller, id);
    const name = input.name === undefined ? user.name : readUserName(input.name);
    const role = input.role ?? user.role;
    refuseForeignRole(caller, role);
    if (role !== "owner") await refuseWithoutOwner(trx, user);
    if (name === user.name && role === user.role) return presentUser(user);
    const changed = { name, role, updated_at: nowSeconds(deps.clock) };
    await updateUserRow(trx, id, changed);
    if (role !== user.role) {
      await voidLinks(deps, trx, id);
      if (role !== "owner") await voidLinksMadeBy(deps, trx, id);
    }
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "user.updated",
      target: { kind: "user", id },
      ...(role === user.role ? {} : { details: { before: { role: user.role }, after: { role } } }),
      ...(name === user.name ? {} : { personal: { name, name_before: user.name } }),
    });
    return presentUser({ ...user, ...changed });
  });
}

/**
 * Removes a user for good: sessions end at once, the e-mail address is free again, and what identifies the person is
 * left in the audit log's erasable part only. The row stays, because records name it. Says how many management tokens
 * the user made that let people in still: they belong to shops, and stay.
 */
export async function removeUser(
  deps: UserDeps,
  caller: UserManager,
  id: string,
): Promise<{ managementTokensLeft: number }> {
  return await deps.database.transaction(async (trx) => {
    const user = await getUserForChange(deps, trx, caller, id);
    if (caller.actor.id === id) {
      throw new AppError("resource.conflict", "Nobody removes themselves; another owner or admin can.");
    }
    await refuseWithoutOwner(trx, user);
    const now = nowSeconds(deps.clock);
    await updateUserRow(trx, id, {
      ...{ email: null, name: "Removed user", password_hash: null },
      ...{ sealed_totp_secret: null, totp_confirmed_at: null, updated_at: now, removed_at: now },
    });
    await deleteRecoveryCodesOf(trx, id);
    await deletePasskeysOf(trx, id);
    await deleteLinksOf(trx, id);
    await voidLinksMadeBy(deps, trx, id);
    const managementTokensLeft = await countPowerfulTokensOf(trx, id, now);
    if (user.email !== null) await forgetFailuresOf(deps, trx, user.email);
    await endSessionsOf(deps, trx, caller.actor, id);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "user.removed",
      target: { kind: "user", id },
      details: { before: { role: user.role }, after: { management_tokens_left: managementTokensLeft } },
      personal: { email: user.email, name: user.name },
    });
    return { managementTokensLeft };
  });
}

export async function listSessionsOfUser(
  deps: Pick<UserDeps, "database" | "clock"> & Pick<SessionDeps, "sessionLifetime">,
  caller: UserManager,
  id: string,
): Promise<PresentedSession[]> {
  refuseBounded(caller);
  await getUser(deps.database.db, id);
  return await listSessions(deps, id, caller.session?.id);
}

/** Logs a user out everywhere; says how many sessions there were. */
export async function endSessionsOfUser(deps: UserDeps, caller: UserManager, id: string): Promise<number> {
  return await deps.database.transaction(async (trx) => {
    await getUserForChange(deps, trx, caller, id);
    return await endSessionsOf(deps, trx, caller.actor, id);
  });
}

/**
 * For somebody whose phone is lost, with the recovery codes: authenticator and passkeys go, and the password alone logs
 * in again. Sessions end, because the phone may hold one. Repeating it changes nothing, and is false.
 */
export async function resetTotp(deps: UserDeps, caller: UserManager, id: string): Promise<boolean> {
  return await deps.database.transaction(async (trx) => {
    const user = await getUserForChange(deps, trx, caller, id);
    if (caller.actor.id === id) {
      throw new AppError("resource.conflict", "This is for other users; your own account asks for your password.");
    }
    if (!hasSecondFactor(user)) return false;
    await clearTotp(deps, trx, { ...user, passkeys: 0 });
    await deletePasskeysOf(trx, id);
    await endSessionsOf(deps, trx, caller.actor, id);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "user.totp_disabled",
      target: { kind: "user", id },
      details: {
        before: { totp_enabled: hasTotp(user), passkeys: user.passkeys },
        after: { totp_enabled: false, passkeys: 0 },
      },
    });
    return true;
  });
}

/**
 * Removes the authenticator, and with the last second factor the recovery codes. The last step stays: a code that was
 * seen is not taken again, whatever the secret will be.
 */
export async function clearTotp(
  deps: Pick<UserDeps, "clock">,
  trx: Db,
  user: Pick<UserRow, "id" | "passkeys">,
): Promise<void> {
  await updateUserRow(trx, user.id, {
    ...{ sealed_totp_secret: null, totp_confirmed_at: null, updated_at: nowSeconds(deps.clock) },
  });
  if (user.passkeys === 0) await deleteRecoveryCodesOf(trx, user.id);
}

/** A user, held still until the transaction ends. Before links, failures or sessions of the user are touched. */
export async function holdUser(deps: Pick<UserDeps, "database">, trx: Db, id: string): Promise<UserRow> {
  await lockUser(trx, deps.database.engine, id);
  return await getUser(trx, id);
}

/** A user this caller may change, held still until the transaction ends, and all owners with it. */
async function getUserForChange(deps: UserDeps, trx: Db, caller: UserManager, id: string): Promise<UserRow> {
  refuseBounded(caller);
  await holdManagers(deps, trx, caller);
  const user = await holdUser(deps, trx, id);
  refuseForeignRole(caller, user.role);
  return user;
}

/** Somebody must stay who can do everything. Counted under the lock of all owners. */
async function refuseWithoutOwner(trx: Db, user: UserRow): Promise<void> {
  if (user.role !== "owner" || user.password_hash === null || (await countOwnerRows(trx)) > 1) return;
  throw new AppError("resource.conflict", "This is the last owner who can log in; make another user an owner first.");
}
