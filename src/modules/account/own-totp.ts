import { nowSeconds } from "../../platform/clock.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { endSessionsOf, hasSecondFactor, rotateSession } from "../sessions/index.ts";
import {
  attemptSucceeded,
  attemptUndecided,
  beginAttempt,
  clearTotp,
  getUser,
  hasTotp,
  refuseWithoutSecondFactor,
} from "../users/index.ts";
import type { UserRow } from "../users/index.ts";
import { lockOwnRow, setTotpConfirmed, setTotpSecret } from "./account-queries.ts";
import { acceptProof, proveOwnPassword } from "./own-account.ts";
import type { AccountDeps, AccountOwner, Rotation } from "./own-account.ts";
import { storeRecoveryCodes } from "./recovery-codes.ts";
import { takeTotpCode } from "./second-factor.ts";
import { newTotpSecret, sealTotpSecret, totpUri } from "./totp.ts";

/** Makes the secret an authenticator is fed with; logging in asks for codes once one was confirmed. */
export async function startTotp(
  deps: AccountDeps,
  owner: AccountOwner,
  currentPassword: string,
): Promise<{ secret: string; uri: string }> {
  const proof = await proveOwnPassword(deps, owner, currentPassword);
  return await deps.database.transaction(async (trx) => {
    const user = await acceptProof(deps, trx, owner, proof);
    if (hasTotp(user))
      throw new AppError("resource.conflict", "It is on already; turn it off first to change the phone.");
    const secret = newTotpSecret();
    await setTotpSecret(trx, user.id, sealTotpSecret(deps.cipher, user.id, secret), nowSeconds(deps.clock));
    return { secret, uri: totpUri(deps.publicUrl, user.email ?? "", secret) };
  });
}

/**
 * Turns it on, with the first code; the recovery codes are shown this once. Every other session ends, for none of them
 * gave a code, and this one gets another secret.
 */
export async function confirmTotp(
  deps: AccountDeps,
  owner: AccountOwner,
  code: string,
): Promise<Rotation & { recoveryCodes: string[] }> {
  const known = await getUser(deps.database.db, owner.actor.id);
  const attempt = await beginAttempt(deps, {
    email: known.email ?? "",
    address: owner.address,
    session: owner.session.id,
  });
  if (!isToConfirm(known)) {
    // Nothing was compared.
    await deps.database.transaction((trx) => attemptUndecided(trx, attempt));
    throw nothingToConfirm();
  }
  return await deps.database.transaction(async (trx) => {
    await lockOwnRow(trx, deps.database.engine, known.id);
    const user = await getUser(trx, known.id);
    if (!isToConfirm(user)) throw nothingToConfirm();
    if (!(await takeTotpCode(deps, trx, user, code.replaceAll(/\s/g, "")))) {
      throw invalidField("/code", "is not the authenticator's code of this moment; is the phone's clock right?");
    }
    const now = nowSeconds(deps.clock);
    await attemptSucceeded(trx, attempt);
    await setTotpConfirmed(trx, user.id, now);
    await recordSwitch(deps, trx, owner, user, true);
    await endSessionsOf(deps, trx, owner.actor, user.id, { except: owner.session.id });
    const recoveryCodes = await storeRecoveryCodes(deps, trx, user.id);
    return { ...(await rotateSession(deps, trx, owner.session.id)), recoveryCodes };
  });
}

function isToConfirm(user: UserRow): boolean {
  return !hasTotp(user) && user.sealed_totp_secret !== null;
}

function nothingToConfirm(): AppError {
  return new AppError("resource.conflict", "There is nothing to confirm; begin with POST /api/account/totp.");
}

/**
 * Without a passkey the password alone logs in again; refused where the role must have a second factor and this is the
 * only one. The session gets another secret. Repeating it changes nothing else.
 */
export async function disableTotp(deps: AccountDeps, owner: AccountOwner, currentPassword: string): Promise<Rotation> {
  const proof = await proveOwnPassword(deps, owner, currentPassword);
  return await deps.database.transaction(async (trx) => {
    const user = await acceptProof(deps, trx, owner, proof);
    if (hasTotp(user)) await refuseWithoutSecondFactor(trx, { ...user, totp_confirmed_at: null });
    await clearTotp(deps, trx, user);
    if (hasTotp(user)) await recordSwitch(deps, trx, owner, user, false);
    return await rotateSession(deps, trx, owner.session.id);
  });
}

/** Ten new ones; those before work no more. */
export async function renewRecoveryCodes(
  deps: AccountDeps,
  owner: AccountOwner,
  currentPassword: string,
): Promise<string[]> {
  const proof = await proveOwnPassword(deps, owner, currentPassword);
  return await deps.database.transaction(async (trx) => {
    const user = await acceptProof(deps, trx, owner, proof);
    if (!hasSecondFactor(user)) {
      throw new AppError("resource.conflict", "Recovery codes belong to two-factor authentication, which is off.");
    }
    await recordAuditEvent(deps, trx, owner.actor, {
      action: "user.recovery_codes_renewed",
      target: { kind: "user", id: user.id },
    });
    return await storeRecoveryCodes(deps, trx, user.id);
  });
}

async function recordSwitch(deps: AccountDeps, trx: Db, owner: AccountOwner, user: UserRow, isOn: boolean) {
  await recordAuditEvent(deps, trx, owner.actor, {
    action: isOn ? "user.totp_enabled" : "user.totp_disabled",
    target: { kind: "user", id: user.id },
    details: { before: { totp_enabled: !isOn }, after: { totp_enabled: isOn } },
  });
}
