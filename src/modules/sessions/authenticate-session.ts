import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret } from "../../platform/crypto/secrets.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { SCOPES_BY_ROLE } from "../callers/index.ts";
import type { Principal, SessionRequest } from "../callers/index.ts";
import { csrfTokenOf, refuseCrossSite } from "./cross-site-requests.ts";
import type { SessionDeps } from "./manage-sessions.ts";
import { readSessionCookie } from "./session-cookie.ts";
import type { RequestHeaders } from "./session-cookie.ts";
import { endOf, provenUntil } from "./session-lifetime.ts";
import { lacksSecondFactor, termsOf } from "./session-terms.ts";
import type { SessionTerms } from "./session-terms.ts";
import { findSessionByHash, findSessionById, markSessionSeen } from "./session-queries.ts";
import type { SessionWithUser } from "./session-queries.ts";

type AuthenticationDeps = Omit<SessionDeps, "database"> & { database: Pick<SessionDeps["database"], "db"> };

/** `last_seen_at` is written at most this often, so that looking around costs no disk sync a request. */
const SEEN_STEP_SECONDS = 60;

/**
 * The user behind a session cookie; undefined where no session that works came with the request. It is looked up each
 * time, so that an ended session, a removed user and another role count with the next request. Throws `auth.csrf` for
 * a change that did not come from the dashboard's own pages.
 */
export async function authenticateSession(
  deps: AuthenticationDeps,
  request: SessionRequest,
): Promise<Principal | undefined> {
  const row = await findSession(deps, request.headers);
  if (row === undefined) return undefined;
  refuseCrossSite(deps, request, row);
  const now = nowSeconds(deps.clock);
  if (row.last_seen_at + SEEN_STEP_SECONDS <= now) {
    await unlessStorageFails(() => markSessionSeen(deps.database.db, row.id, now));
  }
  return {
    actor: { kind: "user", id: row.user, requestId: request.requestId },
    ...{ shop: null, packageBound: null },
    scopes: SCOPES_BY_ROLE[row.role],
    session: { id: row.id, role: row.role, provenUntil: provenUntil(row), lacksSecondFactor: lacksSecondFactor(row) },
  };
}

/** What the user of a session may do now; undefined once it has ended. For answers that last; it is not seen by this. */
export async function scopesOfSession(
  deps: Pick<AuthenticationDeps, "clock" | "database" | "sessionLifetime">,
  id: string,
): Promise<Principal["scopes"] | undefined> {
  const row = await findSessionById(deps.database.db, id);
  const isOver = row === undefined || endOf(row, deps.sessionLifetime) <= nowSeconds(deps.clock);
  return isOver || lacksSecondFactor(row) ? undefined : SCOPES_BY_ROLE[row.role];
}

/** What a page is told about the session its request came with. */
export interface CurrentSession extends SessionTerms {
  id: string;
  user: string;
  csrfToken: string;
  /** Throws `auth.csrf` unless the request came from the dashboard's own pages. */
  refuseCrossSite(request: { method: string; headers: RequestHeaders }): void;
}

/** For operations that are open, and say or end what session there is. */
export async function findCurrentSession(
  deps: AuthenticationDeps,
  headers: RequestHeaders,
): Promise<CurrentSession | undefined> {
  const row = await findSession(deps, headers);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    user: row.user,
    ...termsOf(row, deps.sessionLifetime),
    // Nothing could be sent with it.
    csrfToken: deps.cipher.hasKey ? csrfTokenOf(deps.cipher, row) : "",
    refuseCrossSite: (request) => refuseCrossSite(deps, request, row),
  };
}

async function findSession(deps: AuthenticationDeps, headers: RequestHeaders): Promise<SessionWithUser | undefined> {
  const secret = readSessionCookie(deps.publicUrl, headers);
  if (secret === undefined) return undefined;
  const row = await findSessionByHash(deps.database.db, hashSecret(secret));
  return row !== undefined && endOf(row, deps.sessionLifetime) > nowSeconds(deps.clock) ? row : undefined;
}
