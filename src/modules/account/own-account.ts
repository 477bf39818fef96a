import { nowSeconds } from "../../platform/clock.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Mail } from "../../platform/mail/index.ts";
import type { Db } from "../../schema.ts";
import { passwordChangedMail } from "../account-mails/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Refusals } from "../audit/index.ts";
import type { Principal } from "../callers/index.ts";
import { voidLinks } from "../one-time-links/index.ts";
import { readSettings } from "../settings/index.ts";
import { endSession, endSessionsOf, listSessions, rotateSession } from "../sessions/index.ts";
import type { PresentedSession, SessionDeps } from "../sessions/index.ts";
import {
  attemptSucceeded,
  beginAttempt,
  checkPassword,
  deviceCookie,
  getUser,
  hashPassword,
  passwordProblem,
  presentUser,
  readUserName,
  setPassword,
} from "../users/index.ts";
import type { UserDeps, UserRow } from "../users/index.ts";
import { countUnusedRecoveryCodes, lockOwnRow, renameUser } from "./account-queries.ts";

export interface AccountDeps extends UserDeps, Pick<SessionDeps, "publicUrl" | "sessionLifetime"> {
  refusals: Pick<Refusals, "count">;
}

/** A logged-in user, about their own account. */
export interface AccountOwner {
  actor: Principal["actor"];
  session: { id: string };
  /** Where the request comes from: passwords are throttled by it. */
  address: string;
}

/** A session whose secret was replaced: its cookie, and what its pages must send from now on. */
export type Rotation = Awaited<ReturnType<typeof rotateSession>>;

export async function readAccount(deps: AccountDeps, owner: AccountOwner) {
  const { db } = deps.database;
  const user = await getUser(db, owner.actor.id);
  return { ...presentUser(user), unused_recovery_codes: await countUnusedRecoveryCodes(db, user.id) };
}

export async function renameAccount(deps: AccountDeps, owner: AccountOwner, input: { name?: string | undefined }) {
  if (input.name === undefined) return await readAccount(deps, owner);
  const name = readUserName(input.name);
  await deps.database.transaction(async (trx) => {
    const user = await getOwnRow(deps, trx, owner);
    if (user.name === name) return;
    await renameUser(trx, user.id, name, nowSeconds(deps.clock));
    await recordAuditEvent(deps, trx, owner.actor, {
      action: "user.updated",
      target: { kind: "user", id: user.id },
      personal: { name, name_before: user.name },
    });
  });
  return await readAccount(deps, owner);
}

/**
 * Sets another password; every other session ends, and this one gets another secret. No browser is known any more but
 * this one.
 */
export async function changePassword(
  deps: AccountDeps & { mail: Pick<Mail, "send"> },
  owner: AccountOwner,
  input: { currentPassword: string; newPassword: string },
): Promise<Rotation & { deviceCookie: string }> {
  const user = await getUser(deps.database.db, owner.actor.id);
  const { vendor_name: vendorName } = await readSettings(deps.database.db);
  const problem = await passwordProblem(input.newPassword, { email: user.email ?? "", name: user.name, vendorName });
  if (problem !== undefined) throw invalidField("/new_password", problem);
  const proof = await proveOwnPassword(deps, owner, input.currentPassword);
  const passwordHash = await hashPassword(input.newPassword);
  const { rotation, notice } = await deps.database.transaction(async (trx) => {
    await acceptProof(deps, trx, owner, proof);
    await setPassword(deps, trx, owner.actor, { userId: user.id, passwordHash, keepSession: owner.session.id });
    // A reset link that lies in somebody's mailbox must not undo this.
    await voidLinks(deps, trx, user.id);
    const place = { publicUrl: deps.publicUrl, vendorName: (await readSettings(trx)).vendor_name };
    return {
      rotation: await rotateSession(deps, trx, owner.session.id),
      notice: passwordChangedMail(place, user.email ?? "", nowSeconds(deps.clock)),
    };
  });
  deps.mail.send(notice);
  return { ...rotation, deviceCookie: deviceCookie(deps, { id: user.id, password_hash: passwordHash }) };
}

export async function listOwnSessions(deps: AccountDeps, owner: AccountOwner): Promise<PresentedSession[]> {
  return await listSessions(deps, owner.actor.id, owner.session.id);
}

export async function endOwnSession(deps: AccountDeps, owner: AccountOwner, id: string): Promise<void> {
  const ended = await deps.database.transaction((trx) =>
    endSession(deps, trx, owner.actor, { id, user: owner.actor.id }),
  );
  if (!ended) throw new AppError("resource.not_found", `You have no session ${id}; it may have ended already.`);
}

export async function endOtherSessions(deps: AccountDeps, owner: AccountOwner): Promise<number> {
  return await deps.database.transaction((trx) =>
    endSessionsOf(deps, trx, owner.actor, owner.actor.id, { except: owner.session.id }),
  );
}

/** That the user knows the password: what a stolen session alone must not be able to change asks for it. */
export interface PasswordProof {
  passwordHash: string;
}

/**
 * Throttled as a log-in is. Outside of any transaction, because it hashes; and a right password is no failure, whatever
 * becomes of the call it came with.
 */
export async function proveOwnPassword(
  deps: AccountDeps,
  owner: AccountOwner,
  password: string,
): Promise<PasswordProof> {
  const user = await getUser(deps.database.db, owner.actor.id);
  const attempt = await beginAttempt(deps, {
    email: user.email ?? "",
    address: owner.address,
    session: owner.session.id,
  });
  const passwordHash = user.password_hash ?? "";
  if (passwordHash === "" || !(await checkPassword(password, passwordHash, attempt.lane))) {
    deps.refusals.count({ surface: "dashboard", problem: "login_failed", address: owner.address });
    throw invalidField("/current_password", "is not your password");
  }
  await deps.database.transaction((trx) => attemptSucceeded(trx, attempt));
  return { passwordHash };
}

/** The user's row, held still; throws when the password was changed since it was proved. */
export async function acceptProof(
  deps: AccountDeps,
  trx: Db,
  owner: AccountOwner,
  proof: PasswordProof,
): Promise<UserRow> {
  const user = await getOwnRow(deps, trx, owner);
  if (user.password_hash !== proof.passwordHash) {
    throw new AppError("resource.conflict", "The password was changed at this moment; try again.");
  }
  return user;
}

async function getOwnRow(deps: AccountDeps, trx: Db, owner: AccountOwner): Promise<UserRow> {
  await lockOwnRow(trx, deps.database.engine, owner.actor.id);
  return await getUser(trx, owner.actor.id);
}
