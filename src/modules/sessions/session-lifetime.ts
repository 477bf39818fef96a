import type { SessionRow } from "./session-queries.ts";

/** How long a session lasts, by the settings of now. */
export interface SessionLifetime {
  /** Without a request. */
  idleSeconds: number;
  /** However busy it is. */
  absoluteSeconds: number;
}

/** For what asks who it is again: how long a proof is fresh. */
const PROOF_SECONDS = 10 * 60;

/**
 * When a session ends if nothing is asked with it any more. By its age as well as by the end that was set at the
 * log-in: a shorter setting counts for sessions that are there, a longer one does not lengthen them.
 */
export function endOf(
  row: Pick<SessionRow, "created_at" | "expires_at" | "last_seen_at">,
  { idleSeconds, absoluteSeconds }: SessionLifetime,
): number {
  return Math.min(row.expires_at, row.created_at + absoluteSeconds, row.last_seen_at + idleSeconds);
}

/** Until when the proof that was given last is fresh: at the log-in, or since. */
export function provenUntil(row: Pick<SessionRow, "created_at" | "proven_at">): number {
  return (row.proven_at ?? row.created_at) + PROOF_SECONDS;
}
