/** 1990-01-01, and 30 years of seconds after it. */
const FIRST_DATE = 631_152_000;
const DATES = 946_080_000;

/**
 * A date that stands for the bytes of which this is the SHA-256. Composer keeps answers by URL, not by token, and its
 * only validator is `Last-Modified`, echoed back and compared by us for equality: so the date must differ whenever the
 * view differs, between two customers and between two releases of one second alike. A hash does that, without state,
 * the same on every instance; always in the past, so that nothing on the way thinks it wrong.
 */
export function dateFrom(sha256: Buffer): string {
  return new Date((FIRST_DATE + (sha256.readUIntBE(0, 6) % DATES)) * 1000).toUTCString();
}
