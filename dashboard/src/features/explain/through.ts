import type { Token } from "../tokens/tokens.ts";

/** In the place of a token's id: what is granted to the customer, through whichever token reads it. */
export const BY_GRANTS = "grants";

/** The token that composer most likely has: of those that work the only one, else of all; undefined where it is open. */
export function likelyToken(tokens: readonly Token[]): string | undefined {
  const active = tokens.filter(({ status }) => status === "active");
  const rest = tokens.filter(({ status }) => status === "expired");
  const candidates = active.length > 0 ? active : rest.length > 0 ? rest : tokens;
  if (candidates.length === 1) return candidates[0]?.id;
  const readers = candidates.filter(({ access }) => access === "customer");
  if (readers.length > 0) return readers.length === 1 ? readers[0]?.id : undefined;
  // None reads all that is granted to the customer: the last used.
  return candidates.toSorted((a, b) => (b.last_used_at ?? 0) - (a.last_used_at ?? 0))[0]?.id;
}
