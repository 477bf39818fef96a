import type { SourceRow } from "./source-queries.ts";

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

/** What the last sync remarked; nothing before the first one. */
export function hintsOf(row: Pick<SourceRow, "hints">): Hint[] {
  return row.hints === null ? [] : (JSON.parse(row.hints) as Hint[]);
}
