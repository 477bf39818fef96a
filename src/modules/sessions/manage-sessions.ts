import { nowSeconds } from "../../platform/clock.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { hashSecret } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Actor, AuditDeps } from "../audit/index.ts";
import { csrfTokenOf } from "./cross-site-requests.ts";
import { newSessionSecret, sessionCookie } from "./session-cookie.ts";
import { endOf, provenUntil } from "./session-lifetime.ts";
import type { SessionLifetime } from "./session-lifetime.ts";
import { termsOf } from "./session-terms.ts";
import type { SessionTerms } from "./session-terms.ts";
import {
  deleteEndedSessions,
  deleteSession,
  deleteSessionsOf,
  findSessionById,
  insertSession,
  listSessionRows,
  replaceSessionSecret,
} from "./session-queries.ts";

export interface SessionDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  publicUrl: string;
  sessionLifetime: SessionLifetime;
}

/** Where a user logs in from, as lists of sessions show it. */
export interface LoginOrigin {
  address: string;
  userAgent: string | undefined;
  requestId: string;
}

/** What a browser gets once: the cookie's secret is stored nowhere. */
export interface StartedSession {
  /** The whole `Set-Cookie` header. */
  cookie: string;
  csrfToken: string;
  session: { id: string } & SessionTerms;
}

const USER_AGENT_LENGTH_MAX = 300;

/**
 * Logs a user in, in the transaction that checked they may. Always with a fresh secret, never one that came with the
 * request: a planted cookie is worth nothing (session fixation).
 */
export async function startSession(
  deps: SessionDeps,
  trx: Db,
  userId: string,
  from: LoginOrigin,
): Promise<StartedSession> {
  const now = nowSeconds(deps.clock);
  const { idleSeconds, absoluteSeconds } = deps.sessionLifetime;
  await deleteEndedSessions(trx, now, { created: now - absoluteSeconds, seen: now - idleSeconds });
  const secret = newSessionSecret();
  const row = {
    ...{ id: newId("sess"), user: userId, secret_hash: hashSecret(secret) },
    created_at: now,
    last_seen_at: now,
    expires_at: now + absoluteSeconds,
    proven_at: now,
    ...{ address: from.address, user_agent: from.userAgent?.slice(0, USER_AGENT_LENGTH_MAX).toWellFormed() ?? null },
  };
  await insertSession(trx, row);
  const made = await findSessionById(trx, row.id);
  if (made === undefined) throw new AppError("resource.not_found", `There is no user ${userId}.`);
  await recordAuditEvent(
    deps,
    trx,
    { kind: "user", id: userId, requestId: from.requestId },
    {
      action: "session.started",
      target: { kind: "session", id: row.id },
      details: { after: { user: userId, expires_at: row.expires_at } },
      personal: { address: row.address, user_agent: row.user_agent },
    },
  );
  return {
    cookie: sessionCookie(deps.publicUrl, secret, absoluteSeconds),
    csrfToken: csrfTokenOf(deps.cipher, row),
    session: { id: row.id, ...termsOf(made, deps.sessionLifetime) },
  };
}

/**
 * Gives a session another secret, because somebody has just proved who they are, or what it proves has changed:
 * whoever has the old cookie is out, and does not share in the proof.
 */
export async function rotateSession(
  deps: SessionDeps,
  trx: Db,
  id: string,
): Promise<Pick<StartedSession, "cookie" | "csrfToken"> & Pick<SessionTerms, "provenUntil">> {
  const now = nowSeconds(deps.clock);
  const secret = newSessionSecret();
  const secretHash = hashSecret(secret);
  if (!(await replaceSessionSecret(trx, id, secretHash, now))) {
    throw new AppError("auth.missing", "This session has ended meanwhile; log in again.");
  }
  return {
    cookie: sessionCookie(deps.publicUrl, secret, deps.sessionLifetime.absoluteSeconds),
    csrfToken: csrfTokenOf(deps.cipher, { id, secret_hash: secretHash }),
    provenUntil: provenUntil({ created_at: now, proven_at: now }),
  };
}

/** Ends one session of a user; false when there is none (any more). */
export async function endSession(
  deps: AuditDeps,
  trx: Db,
  actor: Actor,
  session: { id: string; user: string },
): Promise<boolean> {
  if (!(await deleteSession(trx, session.id, session.user))) return false;
  await recordAuditEvent(deps, trx, actor, {
    action: "session.ended",
    target: { kind: "session", id: session.id },
    details: { before: { user: session.user } },
  });
  return true;
}

/** Ends every session of a user, but the one to keep; says how many there were. In force with their next request. */
export async function endSessionsOf(
  deps: AuditDeps,
  trx: Db,
  actor: Actor,
  user: string,
  options: { except?: string | undefined } = {},
): Promise<number> {
  const ended = await deleteSessionsOf(trx, user, options.except);
  if (ended > 0) {
    await recordAuditEvent(deps, trx, actor, {
      action: "session.all_ended",
      target: { kind: "user", id: user },
      details: { before: { sessions: ended }, ...(options.except === undefined ? {} : { after: { sessions: 1 } }) },
    });
  }
  return ended;
}

/** A session as its user, or an admin, sees it. */
export interface PresentedSession {
  id: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  address: string | null;
  user_agent: string | null;
  current: boolean;
}

/** The sessions of a user that work still, last seen first. */
export async function listSessions(
  deps: Pick<SessionDeps, "database" | "clock" | "sessionLifetime">,
  user: string,
  current: string | undefined,
): Promise<PresentedSession[]> {
  const now = nowSeconds(deps.clock);
  const rows = await listSessionRows(deps.database.db, user);
  return rows
    .filter((row) => endOf(row, deps.sessionLifetime) > now)
    .map((row) => ({
      id: row.id,
      created_at: row.created_at,
      last_seen_at: row.last_seen_at,
      expires_at: endOf(row, deps.sessionLifetime),
      address: row.address,
      user_agent: row.user_agent,
      current: row.id === current,
    }));
}
