import type { SessionRow } from "./session-queries.ts";

const DAY = 24 * 3600;
/** However busy it is. */
export const SESSION_SECONDS = 30 * DAY;
/** Without a request. */
export const IDLE_SECONDS = 7 * DAY;

/** When a session ends if nothing is asked with it any more. */
export function endOf(row: Pick<SessionRow, "expires_at" | "last_seen_at">): number {
  return Math.min(row.expires_at, row.last_seen_at + IDLE_SECONDS);
}
