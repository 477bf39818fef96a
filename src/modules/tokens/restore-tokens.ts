import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { restoreRotatedSecrets } from "../rotated-secrets/index.ts";
import type { TokenDeps } from "./create-token.ts";
import { tokenChanged } from "./token-changes.ts";
import { statusOf } from "./token-presenter.ts";
import { lockAllTokensOfCustomer, updateToken } from "./token-queries.ts";

/**
 * Lets the tokens work again that one revocation of their customer (`customers.id`) ended, with the secrets they had;
 * within the transaction of whoever undoes that revocation. Returns how many. One that was revoked by itself stays so.
 */
export async function restoreTokensOfCustomer(
  deps: AuditDeps & { database: Pick<TokenDeps["database"], "engine"> },
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  { customer, revocation }: { customer: string; revocation: number },
): Promise<number> {
  const now = nowSeconds(deps.clock);
  const all = await lockAllTokensOfCustomer(trx, deps.database.engine, customer);
  const ended = all.filter((row) => row.revoked_at !== null && row.customer_revocation === revocation);
  for (const { id, shop } of ended) {
    const row = await updateToken(trx, id, { revoked_at: null, customer_revocation: null, updated_at: now });
    await restoreRotatedSecrets(trx, { kind: "token", id });
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.restored",
      target: { kind: "token", id },
      ...{ shop, customer },
      details: { before: { status: "revoked" }, after: { status: statusOf(row, now) } },
    });
    changed(tokenChanged(id));
  }
  return ended.length;
}
