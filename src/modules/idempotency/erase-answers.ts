import type { Db } from "../../schema.ts";
import { deleteAnswersAbout, deleteUnattributedAnswers } from "./idempotency-queries.ts";

/** Whose answers are erased. */
export interface AnsweredAbout {
  /** `customers.id`; null for a guest's token. */
  customer: string | null;
  tokens: string[];
  shop: string;
  /** Under which values are kept for the shop (`keepValue`). */
  keys: string[];
}

/**
 * Deletes the kept answers that hold, or may hold, something of a customer, within the transaction of whoever erases
 * it: a repetition of those requests is a new request. Every operation says of whom its answer is; one that may be of
 * anybody goes as well, which costs that a repetition of the last day acts again.
 */
export async function eraseAnswers(trx: Db, about: AnsweredAbout): Promise<void> {
  await deleteAnswersAbout(trx, { ...about, shop: `shop:${about.shop}` });
  await deleteUnattributedAnswers(trx);
}
