/**
 * Whose turn it is where places are shared out fairly: the one of the smallest rank, whose numbers are compared one
 * after the other. As a rule they are how many places somebody has, from the widest group to the narrowest, and when it
 * was last their turn. Candidates without a rank may have no place now.
 */
export function fewestFirst<T>(
  candidates: Iterable<T>,
  rankOf: (candidate: T) => readonly number[] | undefined,
): T | undefined {
  let best: { candidate: T; rank: readonly number[] } | undefined;
  for (const candidate of candidates) {
    const rank = rankOf(candidate);
    if (rank === undefined) continue;
    if (best === undefined || isLess(rank, best.rank)) best = { candidate, rank };
  }
  return best?.candidate;
}

function isLess(one: readonly number[], other: readonly number[]): boolean {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at !== -1 && (one[at] ?? 0) < (other[at] ?? 0);
}
