import { hasEnded } from "../grants/index.ts";
import type { TokenRow } from "./token-queries.ts";

/** An end that was the token's is that of a part from now on; `row` is the token before. */
export function warningsOfJoinedEnd(row: TokenRow, now: number): string[] {
  const end = row.expires_at;
  if (end === null) return [];
  if (hasEnded(row, now)) {
    return [
      `This token had ended (expires_at ${end}) and opened nothing: what it was sold with stays ended, and it opens what its customer has besides. If its holder is not to have that, revoke it.`,
    ];
  }
  // With its own packages alone nothing was left to go on with.
  if (row.access !== "customer") return [];
  return [
    `Until now all that this token opens ended with it (expires_at ${end}): from now on only what it was sold with does, and what its customer has besides goes on.`,
  ];
}
