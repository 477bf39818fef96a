import { generateAuthenticationOptions } from "@simplewebauthn/server";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Actor } from "../audit/index.ts";
import { attemptSucceeded, beginAttempt, findKnownDevice } from "../users/index.ts";
import { markLoggedInByPasskey } from "./account-queries.ts";
import { countingRefusals, enterAs } from "./log-in.ts";
import type { LoginDeps, LoginRequest } from "./log-in-request.ts";
import type { AccountOwner } from "./own-account.ts";
import { transportsOf } from "./own-passkeys.ts";
import { newChallenge } from "./passkey-challenges.ts";
import type { ChallengePurpose } from "./passkey-challenges.ts";
import { listPasskeyRows } from "./passkey-queries.ts";
import { checkAssertion, relyingParty, takeAssertion } from "./verify-passkey.ts";
import type { Assertion, PasskeyDeps } from "./verify-passkey.ts";
import { welcome } from "./welcome.ts";
import type { LoggedIn } from "./welcome.ts";

const AT_LOG_IN: ChallengePurpose = { kind: "log_in", session: null };
const TIMEOUT_MS = 5 * 60_000;

/** For anybody: the browser finds the passkey by itself, so nothing is said of who has an account. */
export async function passkeyLogInOptions(deps: PasskeyDeps) {
  const { id: rpID } = relyingParty(deps.publicUrl);
  const challenge = newChallenge(deps, AT_LOG_IN);
  return await generateAuthenticationOptions({ rpID, challenge, timeout: TIMEOUT_MS, userVerification: "required" });
}

/** For a session that is to prove who sits there: with one of the user's own passkeys. */
export async function passkeyStepUpOptions(deps: PasskeyDeps, owner: AccountOwner) {
  const { id: rpID } = relyingParty(deps.publicUrl);
  const own = await listPasskeyRows(deps.database.db, owner.actor.id);
  if (own.length === 0) throw new AppError("resource.conflict", "You have no passkey; give your password or a code.");
  return await generateAuthenticationOptions({
    rpID,
    timeout: TIMEOUT_MS,
    userVerification: "required",
    challenge: newChallenge(deps, { kind: "step_up", session: owner.session.id }),
    allowCredentials: own.map((row) => ({ id: row.credential_id, transports: transportsOf(row) })),
  });
}

/**
 * Logs in with a passkey alone: it is something one has, and it verified the person. Throws `auth.throttled` before
 * anything is checked, and `auth.login_failed` for whatever is wrong with it.
 */
export async function logInWithPasskey(deps: LoginDeps, request: LoginRequest, given: Assertion): Promise<LoggedIn> {
  const entered = await countingRefusals(deps, request, async () => {
    // Counted by passkey and address: nobody keeps somebody else's passkey waiting without having it.
    const attempt = await beginAttempt(deps, { email: `passkey ${given.id}`, address: request.address });
    const checked = await checkAssertion(deps, AT_LOG_IN, given);
    if (checked === undefined) throw notTaken();
    return await deps.database.transaction(async (trx) => {
      const user = await markLoggedInByPasskey(trx, checked.passkey.user, nowSeconds(deps.clock));
      if (user === undefined || !(await takeAssertion(deps, trx, checked))) throw notTaken();
      await attemptSucceeded(trx, attempt);
      const actor: Actor = { kind: "user", id: user.id, requestId: request.requestId };
      return await enterAs(deps, trx, { actor, request, user });
    });
  });
  const email = entered.user.email ?? "";
  const device = await findKnownDevice(deps, deps.database.db, { email, headers: request.headers });
  return await welcome(deps, request, entered, device);
}

function notTaken(): AppError {
  return new AppError(
    "auth.login_failed",
    "This passkey is not known here, or took too long; try again, or log in with your password.",
  );
}
