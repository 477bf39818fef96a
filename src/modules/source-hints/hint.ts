/** Something about a source that is no failure, and that its vendor wants to know before a customer finds it. */
export interface Hint {
  /** Names are public: add freely, never rename. */
  readonly code: string;
  /** One sentence: what was seen. */
  readonly message: string;
  /** One sentence or two. */
  readonly what_to_do: string;
  /** Text to copy. */
  readonly example: string | null;
}

/** Names packages that are not hosted here: nothing for a caller that is kept to some. */
export const MISSING_REQUIREMENT = "package.missing_requirement";

/**
 * What the last sync remarked, as the source's row has it; nothing before the first one. With a package bound, nothing
 * that names what may lie outside of it.
 */
export function hintsOf(row: { readonly hints: string | null }, bound: readonly string[] | null = null): Hint[] {
  return row.hints === null ? [] : withinBound(JSON.parse(row.hints) as Hint[], bound);
}

/** The same of hints that are stored nowhere. */
export function withinBound(hints: readonly Hint[], bound: readonly string[] | null): Hint[] {
  return hints.filter(({ code }) => bound === null || code !== MISSING_REQUIREMENT);
}
