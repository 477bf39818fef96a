import { nowSeconds } from "../../platform/clock.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import type { TokenDeps } from "./create-token.ts";
import { endRotatedSecrets } from "../rotated-secrets/index.ts";
import { getTokenForChange } from "./find-token.ts";
import { tokenChanged } from "./token-changes.ts";
import { statusOf } from "./token-presenter.ts";
import { markTokenRevoked } from "./token-queries.ts";

/**
 * Ends a token for good, in force with the next request on this instance and within a second everywhere (spec: Step
 * 5). Repeating it changes nothing and answers the same.
 */
export async function revokeToken(deps: TokenDeps, caller: Caller, id: string): Promise<void> {
  await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    if (!(await markTokenRevoked(trx, id, now))) return;
    await endRotatedSecrets(trx, { kind: "token", id }, now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.revoked",
      target: { kind: "token", id },
      ...{ shop: row.shop, customer: row.customer },
      details: { before: { status: statusOf(row, now) }, after: { status: "revoked" } },
    });
    changed(tokenChanged(id));
  });
}
