import { nowSeconds } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database, Db, UserRole } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import { endSessionsOf } from "../sessions/index.ts";
import { forgetFailuresOf } from "./login-throttle.ts";
import type { UserDeps } from "./user-deps.ts";
import { readEmail, readUserName } from "./user-input.ts";
import {
  countOwnerRows,
  findUserRow,
  findUserRowByEmail,
  insertUserIfNew,
  lockUser,
  updateUserRow,
} from "./user-queries.ts";
import type { UserRow } from "./user-queries.ts";

export interface NewUser {
  email: string;
  name: string;
  role: UserRole;
  /** From `hashPassword`; null for somebody who is invited and will choose one. */
  passwordHash: string | null;
}

/**
 * Makes a user, in the caller's transaction. Whether the actor may hand out the role is the caller's to check
 * (`refuseForeignRole`). Throws `request.invalid`, and `resource.conflict` for an address that is taken.
 */
export async function createUser(deps: UserDeps, trx: Db, actor: Actor, input: NewUser): Promise<UserRow> {
  const now = nowSeconds(deps.clock);
  const row = {
    ...{ id: newId("user"), email: readEmail(input.email), name: readUserName(input.name), role: input.role },
    ...{ password_hash: input.passwordHash, sealed_totp_secret: null, totp_confirmed_at: null, totp_last_step: null },
    passkeys: 0,
    ...{ last_login_at: null, created_at: now, updated_at: now, removed_at: null },
  };
  if (!(await insertUserIfNew(trx, row))) {
    const detail = "is the address of another user";
    throw new AppError("resource.conflict", `/email ${detail}`, { errors: [{ pointer: "/email", detail }] });
  }
  await recordAuditEvent(deps, trx, actor, {
    action: "user.created",
    target: { kind: "user", id: row.id },
    details: { after: { role: row.role, status: row.password_hash === null ? "invited" : "active" } },
    personal: { email: row.email, name: row.name },
  });
  return row;
}

/**
 * Sets a password, in the caller's transaction, and ends the user's sessions but the one to keep. The hash comes from
 * `hashPassword`, which must not run inside a transaction; `passwordProblem` is the caller's to ask.
 */
export async function setPassword(
  deps: UserDeps,
  trx: Db,
  actor: Actor,
  input: { userId: string; passwordHash: string; keepSession?: string | undefined },
): Promise<UserRow> {
  await lockUser(trx, deps.database.engine, input.userId);
  const user = await getUser(trx, input.userId);
  const now = nowSeconds(deps.clock);
  await updateUserRow(trx, user.id, { password_hash: input.passwordHash, updated_at: now });
  await endSessionsOf(deps, trx, actor, user.id, { except: input.keepSession });
  await forgetFailuresOf(deps, trx, user.email ?? "");
  await recordAuditEvent(deps, trx, actor, {
    action: "user.password_changed",
    target: { kind: "user", id: user.id },
    details: { before: { status: user.password_hash === null ? "invited" : "active" }, after: { status: "active" } },
  });
  return { ...user, password_hash: input.passwordHash, updated_at: now };
}

const ID = /^user_[0-9A-Za-z]{1,40}$/;

/** Throws `resource.not_found`, for a removed user as well. */
export async function getUser(db: Db, id: string): Promise<UserRow> {
  const row = ID.test(id) ? await findUserRow(db, id) : undefined;
  if (row === undefined) throw new AppError("resource.not_found", `There is no user ${id}.`);
  return row;
}

/** The address in any case. */
export async function findUserByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  return await findUserRowByEmail(db, email.trim().toLowerCase());
}

/** Owners who can log in; none means that the set-up is still to be done. */
export async function countOwners(database: Pick<Database, "db">): Promise<number> {
  return await countOwnerRows(database.db);
}
