import { EVERYTHING } from "../../platform/database/index.ts";
import type { ChangeFeed } from "../../platform/database/index.ts";
import { tokenOfTopic } from "../tokens/index.ts";

/** Past this many tokens that changed, everything read before counts as changed: memory stays bounded. */
const TOKENS_MAX = 10_000;

/** What was read of a token, and when. */
export interface ReadToken {
  tokenId: string;
  readAt: number;
}

/**
 * Remembers which tokens changed when, so that whatever was read before is known to be void, wherever it is held: in
 * a cache, in a request that waits for an archive, in a look-up that began before a revocation and ended after it.
 */
export interface TokenChanges {
  /** The moment to note before reading. */
  now(): number;
  isCurrent(read: ReadToken): boolean;
}

export function createTokenChanges(feed: Pick<ChangeFeed, "subscribe">, tokensMax = TOKENS_MAX): TokenChanges {
  const changedAt = new Map<string, number>();
  /** Counts changes; a clock would not tell two of one millisecond apart. */
  let moment = 0;
  let everythingChangedAt = 0;
  feed.subscribe((topic) => {
    const token = tokenOfTopic(topic);
    // A customer's grants are read by any number of its tokens.
    const isBroad = topic === EVERYTHING || topic.startsWith("customer:");
    if (token === undefined && !isBroad) return;
    moment++;
    if (token !== undefined && changedAt.size < tokensMax) {
      changedAt.set(token, moment);
    } else {
      everythingChangedAt = moment;
      changedAt.clear();
    }
  });
  return {
    now: () => moment,
    isCurrent: ({ tokenId, readAt }) => readAt >= everythingChangedAt && readAt >= (changedAt.get(tokenId) ?? 0),
  };
}
