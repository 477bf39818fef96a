import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { findCustomerById } from "../customers/index.ts";
import { getReplayedToken } from "../tokens/index.ts";
import { findMove } from "./move-queries.ts";

/** What of an answer to a move, a merge or an undoing holds secrets. */
interface StoredAnswer {
  move: string;
  tokens: readonly { id: string; token: string | null }[];
}

/**
 * Before an answer is given again: 409 where a secret in it is not the token's any more, opens nothing now, or is
 * somebody else's since. One without secrets says what happened, whatever became of it.
 */
export function movedTo<Body extends StoredAnswer>(db: Db, stored: Body): Promise<Body> {
  return recheck(db, stored, "to_customer");
}

/** The same of the answer to an undoing: its secrets are for whoever had the tokens before the move. */
export function givenBack<Body extends StoredAnswer>(db: Db, stored: Body): Promise<Body> {
  return recheck(db, stored, "from_customer");
}

async function recheck<Body extends StoredAnswer>(
  db: Db,
  stored: Body,
  side: "from_customer" | "to_customer",
): Promise<Body> {
  const shown = stored.tokens.flatMap(({ id, token }) => (token === null ? [] : [{ id, secret: token }]));
  if (shown.length === 0) return stored;
  const move = await findMove(db, stored.move);
  const holder = move?.[side] ?? null;
  // One and the same person, if it was merged into somebody since.
  const merged = holder === null ? null : ((await findCustomerById(db, holder))?.merged_into ?? holder);
  for (const one of shown) {
    const { customer } = await getReplayedToken(db, one);
    if (customer === holder || customer === merged) continue;
    throw new AppError(
      "resource.conflict",
      `The token ${one.id} is another customer's since: its secret cannot be shown again.`,
    );
  }
  return stored;
}
