import { LRUCache } from "lru-cache";
import type { Clock } from "./clock.ts";

const KEPT_MS = 10_000;
const ANSWERS_MAX = 200;

/** The answer that was given to the same question a moment ago, else the one that `find` gives now. */
export type RecentAnswers<T> = (question: string, find: () => Promise<T>) => Promise<T>;

/**
 * Keeps what takes long to count for ten seconds, and asks once for all who ask meanwhile. Only for sums that people
 * look at: nothing is decided by them.
 */
export function createRecentAnswers<T>(clock: Clock): RecentAnswers<T> {
  const answers = new LRUCache<string, { until: number; answer: Promise<T> }>({ max: ANSWERS_MAX });
  return async (question, find) => {
    const now = clock.nowMs();
    const known = answers.peek(question);
    if (known !== undefined && known.until > now) return await known.answer;
    const asked = { until: now + KEPT_MS, answer: find() };
    answers.set(question, asked);
    try {
      return await asked.answer;
    } catch (error) {
      if (answers.peek(question) === asked) answers.delete(question);
      throw error;
    }
  };
}
