import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../schema.ts";
import { raiseAttention } from "../attention/index.ts";
import { listExpiringManagementTokens, markExpiryTold } from "./management-token-queries.ts";

const AHEAD_SECONDS = 14 * 24 * 3600;

/** What is asked for a look when a management token that somebody uses is about to end. */
export const EXPIRING = "management_token.expiring";

/**
 * Asks for somebody's look at each management token that ends within two weeks, once: a shop whose token has ended
 * sells nothing. Not at one that was made for less than that.
 */
export async function tellOfExpiringManagementTokens(deps: {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
}): Promise<void> {
  const now = nowSeconds(deps.clock);
  const rows = await listExpiringManagementTokens(deps.database.db, { from: now + 1, to: now + AHEAD_SECONDS });
  const due = rows.filter(({ created_at, expires_at }) => expires_at - AHEAD_SECONDS > created_at);
  for (const { id, name, shop, expires_at } of due) {
    await deps.database.transaction(async (trx) => {
      if (!(await markExpiryTold(trx, id, expires_at))) return;
      await raiseAttention(deps, trx, {
        kind: EXPIRING,
        shop,
        customer: null,
        subject: { kind: "management_token", id },
        details: { name, expires_at },
      });
    });
  }
}
