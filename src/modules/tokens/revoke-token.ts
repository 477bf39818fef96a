import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import type { TokenDeps } from "./create-token.ts";
import { endRotatedSecrets } from "../rotated-secrets/index.ts";
import { getTokenForChange } from "./find-token.ts";
import { tokenChanged } from "./token-changes.ts";
import { statusOf } from "./token-presenter.ts";
import { lockTokensOfCustomer, markTokenRevoked } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Ends a token for good, in force with the next request on this instance and within a second everywhere (spec: Step
 * 5). Repeating it changes nothing and answers the same.
 */
export async function revokeToken(deps: TokenDeps, caller: Caller, id: string): Promise<void> {
  await deps.database.transaction(async (trx, changed) => {
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    await revokeRow(deps, trx, changed, caller, row);
  });
}

/**
 * Ends every token of a customer (`customers.id`), as each by itself, within the transaction of whoever revokes the
 * customer; returns how many there were to end. The caller was found to see the customer, and with it all of them.
 */
export async function revokeTokensOfCustomer(
  deps: AuditDeps & { database: Pick<TokenDeps["database"], "engine"> },
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  customer: string,
): Promise<number> {
  let revoked = 0;
  for (const row of await lockTokensOfCustomer(trx, deps.database.engine, customer)) {
    if (await revokeRow(deps, trx, changed, caller, row)) revoked++;
  }
  return revoked;
}

async function revokeRow(
  deps: AuditDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  row: TokenRow,
): Promise<boolean> {
  const { id } = row;
  const now = nowSeconds(deps.clock);
  if (!(await markTokenRevoked(trx, id, now))) return false;
  await endRotatedSecrets(trx, { kind: "token", id }, now);
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.revoked",
    target: { kind: "token", id },
    ...{ shop: row.shop, customer: row.customer },
    details: { before: { status: statusOf(row, now) }, after: { status: "revoked" } },
  });
  changed(tokenChanged(id));
  return true;
}
