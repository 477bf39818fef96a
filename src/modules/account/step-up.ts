import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { rotateSession } from "../sessions/index.ts";
import { attemptSucceeded, beginAttempt, checkPassword, getUser } from "../users/index.ts";
import type { LoginAttempt, UserRow } from "../users/index.ts";
import { lockOwnRow } from "./account-queries.ts";
import type { AccountDeps, AccountOwner, Rotation } from "./own-account.ts";
import { takeSecondFactor } from "./second-factor.ts";
import { checkAssertion, takeAssertion } from "./verify-passkey.ts";
import type { Assertion, CheckedAssertion } from "./verify-passkey.ts";

/** One of them. */
export interface Proof {
  password?: string | undefined;
  /** Of the authenticator, or a recovery code. */
  code?: string | undefined;
  passkey?: Assertion | undefined;
}

/**
 * Takes a proof that it is the user who sits there, and lets the session do things of weight for some minutes.
 * Throttled as a log-in is, by a counter of the session's own. The session gets another secret: whoever copied the cookie before
 * must not share in the proof.
 */
export async function stepUp(deps: AccountDeps, owner: AccountOwner, given: Proof): Promise<Rotation> {
  const method = methodOf(given);
  const user = await getUser(deps.database.db, owner.actor.id);
  const attempt = await beginAttempt(deps, {
    email: user.email ?? "",
    address: owner.address,
    session: owner.session.id,
  });
  try {
    const isRight =
      given.password === undefined || (await checkPassword(given.password, user.password_hash, attempt.lane));
    if (!isRight) throw invalidField("/password", "is not your password");
    const signed = given.passkey === undefined ? undefined : await checkOwn(deps, owner, given.passkey);
    const proof = { method, code: given.code, signed, user, attempt };
    return await deps.database.transaction((trx) => accept(deps, trx, owner, proof));
  } catch (error) {
    if (error instanceof AppError && error.code === "request.invalid") {
      deps.refusals.count({ surface: "dashboard", problem: "login_failed", address: owner.address });
    }
    throw error;
  }
}

interface Accepting {
  method: keyof Proof;
  code: string | undefined;
  signed: CheckedAssertion | undefined;
  /** As it was when the password was compared. */
  user: UserRow;
  attempt: LoginAttempt;
}

/** With one of the user's own, for this session. */
async function checkOwn(deps: AccountDeps, owner: AccountOwner, given: Assertion): Promise<CheckedAssertion> {
  const checked = await checkAssertion(deps, { kind: "step_up", session: owner.session.id }, given);
  if (checked?.passkey.user !== owner.actor.id) throw wrongPasskey();
  return checked;
}

function wrongPasskey(): AppError {
  return invalidField("/passkey", "is not one of yours, or was not asked for just now; try again");
}

async function accept(deps: AccountDeps, trx: Db, owner: AccountOwner, proof: Accepting): Promise<Rotation> {
  const { method, code, signed, user, attempt } = proof;
  await lockOwnRow(trx, deps.database.engine, user.id);
  const row = await getUser(trx, user.id);
  if (method === "password" && row.password_hash !== user.password_hash) {
    throw new AppError("resource.conflict", "The password was changed at this moment; try again.");
  }
  if (code !== undefined && !(await takeSecondFactor(deps, trx, owner.actor, row, code))) {
    throw invalidField("/code", "is not right, or was used already; wait for the authenticator's next one");
  }
  if (signed !== undefined && !(await takeAssertion(deps, trx, signed))) throw wrongPasskey();
  await attemptSucceeded(trx, attempt);
  await recordAuditEvent(deps, trx, owner.actor, {
    action: "session.proven",
    target: { kind: "session", id: owner.session.id },
    details: { after: { method } },
  });
  return await rotateSession(deps, trx, owner.session.id);
}

function methodOf(given: Proof): Accepting["method"] {
  const [method, another] = (["password", "code", "passkey"] as const).filter((name) => given[name] !== undefined);
  if (method !== undefined && another === undefined) return method;
  throw invalidField("/password", "or /code or /passkey: send one of them");
}
