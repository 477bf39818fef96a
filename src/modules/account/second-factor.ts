import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor } from "../audit/index.ts";
import { hasSecondFactor } from "../sessions/index.ts";
import { hasTotp } from "../users/index.ts";
import type { UserDeps, UserRow } from "../users/index.ts";
import { countUnusedRecoveryCodes, takeRecoveryCode, takeTotpStep } from "./account-queries.ts";
import { openTotpSecret, recoveryCodeHashes, stepOfCode } from "./totp.ts";

/**
 * Takes the code that logging in needs besides the password, where it needs one. In the transaction that starts the
 * session: a code is used up by a log-in, or not at all. Throws `auth.totp_required` or `auth.passkey_required`, and
 * `auth.login_failed`.
 */
export async function requireSecondFactor(
  deps: UserDeps,
  trx: Db,
  actor: Actor,
  user: UserRow,
  given: string | undefined,
): Promise<void> {
  if (!hasSecondFactor(user)) return;
  const code = given?.trim() ?? "";
  if (code === "" && hasTotp(user)) {
    throw new AppError("auth.totp_required", "Give the code of your authenticator, or a recovery code.");
  }
  if (code === "") throw new AppError("auth.passkey_required", "Log in with a passkey, or give a recovery code.");
  if (!(await takeSecondFactor(deps, trx, actor, user, code))) throw wrongCode();
}

/** Uses up a code of the authenticator, or a recovery code, in the caller's transaction; false where it is neither. */
export async function takeSecondFactor(
  deps: UserDeps,
  trx: Db,
  actor: Actor,
  user: UserRow,
  given: string,
): Promise<boolean> {
  const code = given.replaceAll(/\s/g, "");
  if (hasTotp(user) && (await takeTotpCode(deps, trx, user, code))) return true;
  if (!(await takeAnyRecoveryCode(deps, trx, user.id, code))) return false;
  await recordAuditEvent(deps, trx, actor, {
    action: "user.recovery_code_used",
    target: { kind: "user", id: user.id },
    details: { after: { unused_recovery_codes: await countUnusedRecoveryCodes(trx, user.id) } },
  });
  return true;
}

async function takeAnyRecoveryCode(deps: UserDeps, trx: Db, user: string, code: string): Promise<boolean> {
  for (const hash of recoveryCodeHashes(deps.cipher, user, code)) {
    if (await takeRecoveryCode(trx, user, hash, nowSeconds(deps.clock))) return true;
  }
  return false;
}

/** Uses a code up: the same one, or an earlier one, is not taken again, also when two arrive at the same moment. */
export async function takeTotpCode(deps: UserDeps, trx: Db, user: UserRow, code: string): Promise<boolean> {
  if (user.sealed_totp_secret === null) return false;
  const secret = openTotpSecret(deps.cipher, user.id, user.sealed_totp_secret);
  const step = await stepOfCode(secret, code, nowSeconds(deps.clock));
  return step !== undefined && (await takeTotpStep(trx, user.id, step));
}

function wrongCode(): AppError {
  const detail = "is not right, or was used already; wait for the authenticator's next one";
  return new AppError("auth.login_failed", "The code is not right, or was used already; wait for the next one.", {
    errors: [{ pointer: "/code", detail }],
  });
}
