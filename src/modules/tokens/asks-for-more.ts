import { EVERYTHING_PATTERN, patternsOutsideBound } from "../grants/index.ts";

/** What a sale asks for, or what there is of it. */
export interface SaleExtent {
  /** Stored patterns. */
  patterns: readonly string[];
  /** null: for ever. */
  expiresAt: number | null;
}

const DAY_SECONDS = 24 * 3600;

/**
 * Says what a repeated sale asks for beyond what is there: nothing of it is given. A handler that counts the end from
 * its own clock asks for as much more as time went by since; that is no wish for more.
 */
export function warnOfMore(asked: SaleExtent, known: SaleExtent & { since: number }, now: number): string[] {
  const warnings: string[] = [];
  const more = patternsOutsideBound(asked.patterns, known.patterns);
  if (more.length > 0) {
    const names = more.map((pattern) => (pattern === EVERYTHING_PATTERN ? "everything" : pattern)).join(", ");
    warnings.push(
      `This order has its token already, and nothing was changed: it does not open ${names}. Send one call for the whole order, PATCH the token's allowed_package_prefixes, or sell it under an order id of its own.`,
    );
  }
  if (isLater(asked.expiresAt, known, now)) {
    warnings.push(
      "This order has its token already, and nothing was changed: it ends before the expires_at of this call. To renew it, PATCH the token's expires_at.",
    );
  }
  return warnings;
}

function isLater(asked: number | null, known: SaleExtent & { since: number }, now: number): boolean {
  if (known.expiresAt === null) return false;
  if (asked === null) return true;
  return asked - known.expiresAt > now - known.since + DAY_SECONDS;
}
