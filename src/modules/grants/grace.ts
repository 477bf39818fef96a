const DAY_SECONDS = 24 * 3600;

/** Until when what ended goes on; null where it has no end, or no days of grace. */
export function graceUntil(expiresAt: number | null, graceDays: number): number | null {
  return expiresAt === null || graceDays === 0 ? null : expiresAt + graceDays * DAY_SECONDS;
}

/** When nothing of it opens anything any more: its end, or that of its days of grace. */
export function trueEnd(expiresAt: number | null, graceDays: number): number | null {
  return graceUntil(expiresAt, graceDays) ?? expiresAt;
}
