import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import type { MailingDeps, TokenDeps } from "./create-token.ts";
import { endRotatedSecrets, suspendRotatedSecrets } from "../rotated-secrets/index.ts";
import { getTokenForChange } from "./find-token.ts";
import { tokenChanged } from "./token-changes.ts";
import { statusOf } from "./token-presenter.ts";
import { lockAllTokensOfCustomer, markTokenRevoked } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Ends a token for good, in force with the next request on this instance and within a second everywhere (spec: Step
 * 5). Repeating it changes nothing and answers the same.
 */
export async function revokeToken(deps: TokenDeps, caller: Caller, id: string): Promise<void> {
  await deps.database.transaction(async (trx, changed) => {
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    await revokeTokenRow(deps, trx, changed, caller, row);
  });
}

/**
 * Ends every token of a customer (`customers.id`), within the transaction of whoever revokes the customer; returns how
 * many there were to end. They remember which `revocation` of the customer it was, to be restored by. The caller was
 * found to see the customer, and with it all of them.
 */
export async function revokeTokensOfCustomer(
  deps: AuditDeps & MailingDeps & { database: Pick<TokenDeps["database"], "engine"> },
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  customer: string,
  revocation: number,
): Promise<number> {
  let revoked = 0;
  for (const row of await lockAllTokensOfCustomer(trx, deps.database.engine, customer)) {
    if (row.revoked_at === null && (await revokeTokenRow(deps, trx, changed, caller, row, revocation))) revoked++;
  }
  return revoked;
}

/** The same of a row that is held, within the transaction of whoever erases a guest; false when it was revoked. */
export async function revokeTokenRow(
  deps: AuditDeps & MailingDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  row: TokenRow,
  customerRevocation: number | null = null,
): Promise<boolean> {
  const { id } = row;
  const now = nowSeconds(deps.clock);
  if (!(await markTokenRevoked(trx, id, now, customerRevocation))) return false;
  await (customerRevocation === null ? endRotatedSecrets : suspendRotatedSecrets)(trx, { kind: "token", id }, now);
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.revoked",
    target: { kind: "token", id },
    ...{ shop: row.shop, customer: row.customer },
    details: { before: { status: statusOf(row, now) }, after: { status: "revoked" } },
  });
  await deps.mails?.revoked(trx, { ...row, revoked_at: now });
  changed(tokenChanged(id));
  return true;
}

/** 409 for a change of a token that is revoked. */
export function refuseRevoked({ revoked_at, customer_revocation }: TokenRow): void {
  if (revoked_at === null) return;
  const way =
    customer_revocation === null ? "which is final; create" : "with its customer; restore the customer, or create";
  throw new AppError("resource.conflict", `This token was revoked, ${way} a new one.`);
}
