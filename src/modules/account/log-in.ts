import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Actor } from "../audit/index.ts";
import { endSession, findCurrentSession, startSession } from "../sessions/index.ts";
import type { CurrentSession, SessionTerms, StartedSession } from "../sessions/index.ts";
import {
  attemptSucceeded,
  attemptUndecided,
  beginAttempt,
  checkPassword,
  countOwners,
  findKnownDevice,
  findUserByEmail,
  forgetOldFailures,
  getUser,
  presentSessionUser,
} from "../users/index.ts";
import type { LoginAttempt, UserRow } from "../users/index.ts";
import { markLoggedIn } from "./account-queries.ts";
import { requireSecondFactor } from "./second-factor.ts";
import type { LoginDeps, LoginRequest } from "./log-in-request.ts";
import { welcome } from "./welcome.ts";
import type { LoggedIn } from "./welcome.ts";

export interface Credentials {
  email: string;
  password: string;
  code?: string | null | undefined;
}

/**
 * E-mail address, password and, where it is set up, a code, for a fresh session. Throws `auth.throttled` before
 * anything is compared; `auth.login_failed`, the same for an unknown address and a wrong password, in the same time;
 * `auth.totp_required` or `auth.passkey_required` once the password is right.
 */
export async function logIn(deps: LoginDeps, request: LoginRequest, given: Credentials): Promise<LoggedIn> {
  const { email } = given;
  const device = await findKnownDevice(deps, deps.database.db, { email, headers: request.headers });
  const attempt = await countingRefusals(deps, request, () =>
    beginAttempt(deps, { email, address: request.address, device }),
  );
  const known = await findUserByEmail(deps.database.db, email);
  const isRight = await checkPassword(given.password, known?.password_hash, attempt.lane);
  const user = isRight ? known : undefined;
  try {
    const entered = await countingRefusals(deps, request, () =>
      deps.database.transaction((trx) => enter(deps, trx, { request, given, user, attempt })),
    );
    return await welcome(deps, request, entered, device);
  } catch (error) {
    if (isCode(error, "auth.totp_required") || isCode(error, "auth.passkey_required")) {
      await deps.database.transaction((trx) => attemptUndecided(trx, attempt));
    }
    throw error;
  } finally {
    // Also after one that failed: who invents addresses would fill the table otherwise.
    await forgetOldFailures(deps);
  }
}

interface Entering {
  request: LoginRequest;
  given: Credentials;
  /** Whose password was right when it was compared. */
  user: UserRow | undefined;
  attempt: LoginAttempt;
}

async function enter(deps: LoginDeps, trx: Db, { request, given, user, attempt }: Entering) {
  const now = nowSeconds(deps.clock);
  const row = user === undefined ? undefined : await markLoggedIn(trx, user.id, user.password_hash ?? "", now);
  if (row === undefined) throw new AppError("auth.login_failed", "E-mail address or password is wrong.");
  const actor: Actor = { kind: "user", id: row.id, requestId: request.requestId };
  await requireSecondFactor(deps, trx, actor, row, given.code ?? undefined);
  await attemptSucceeded(trx, attempt);
  return await enterAs(deps, trx, { actor, request, user: row });
}

/** Starts the session of somebody who may, in the caller's transaction, and ends the one that came along. */
export async function enterAs(
  deps: LoginDeps,
  trx: Db,
  { actor, request, user }: { actor: Actor; request: LoginRequest; user: UserRow },
): Promise<{ user: UserRow; started: StartedSession }> {
  const before = await findCurrentSession({ ...deps, database: { db: trx } }, request.headers);
  if (before !== undefined) await endSession(deps, trx, { ...actor, id: before.user }, before);
  return { user, started: await startSession(deps, trx, user.id, request) };
}

/** Who tries passwords shows in the audit log, in bursts by address. */
export async function countingRefusals<T>(deps: LoginDeps, request: LoginRequest, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (const problem of ["login_failed", "throttled"] as const) {
      if (isCode(error, `auth.${problem}`)) {
        deps.refusals.count({ surface: "dashboard", problem, address: request.address });
      }
    }
    throw error;
  }
}

function isCode(error: unknown, code: AppError["code"]): boolean {
  return error instanceof AppError && error.code === code;
}

/** Ends the session that came with the request, where there is one. */
export async function logOut(
  deps: LoginDeps,
  request: { method: string; headers: LoginRequest["headers"]; requestId: string },
): Promise<void> {
  const session = await findCurrentSession(deps, request.headers);
  if (session === undefined) return;
  session.refuseCrossSite(request);
  const actor: Actor = { kind: "user", id: session.user, requestId: request.requestId };
  await deps.database.transaction((trx) => endSession(deps, trx, actor, session));
}

/** What a page asks first: who is logged in, or whether the first owner is still to be made. */
export async function readSession(deps: LoginDeps, headers: LoginRequest["headers"]) {
  const session = await findCurrentSession(deps, headers);
  const without_key = !deps.cipher.hasKey;
  if (session === undefined) {
    return { user: null, setup_required: (await countOwners(deps.database)) === 0, without_key };
  }
  return {
    user: presentSessionUser(await getUser(deps.database.db, session.user)),
    ...presentSession(session),
    without_key,
  };
}

/** The answer to whoever has just logged in. */
export function presentLogin(user: UserRow, started: StartedSession) {
  return {
    user: presentSessionUser(user),
    ...presentSession({ ...started.session, csrfToken: started.csrfToken }),
  };
}

function presentSession(session: Pick<CurrentSession, "id" | "csrfToken" | keyof SessionTerms>) {
  return {
    csrf_token: session.csrfToken,
    expires_at: session.expiresAt,
    session_id: session.id,
    proven_until: session.provenUntil,
    second_factor_missing: session.lacksSecondFactor,
  };
}
