import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db, RevocationCause } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import type { MailingDeps, TokenDeps } from "./create-token.ts";
import { endRotatedSecrets, suspendRotatedSecrets } from "../rotated-secrets/index.ts";
import { getTokenForChange } from "./find-token.ts";
import { isFinal } from "./revocation.ts";
import { lineOf, linesOf, listLinesOfOthers } from "./token-lines.ts";
import { tokenChanged } from "./token-changes.ts";
import { statusOf } from "./token-presenter.ts";
import { lockAllTokensOfCustomer, markTokenRevoked, updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/** Why a token ends, and by what it can be brought back. */
export interface Ending {
  why: RevocationCause;
  /** Which revocation of its customer it is part of. */
  customerRevocation?: number;
  /** Which revocation of its order it is part of. */
  orderRevocation?: number;
  /** What somebody says of it. */
  reason?: string | undefined;
}

/**
 * Ends a token, in force with the next request on this instance and within a second everywhere (spec: Step 5).
 * Repeating it changes nothing and answers the same; that its secret leaked counts also of one that had ended.
 */
export async function revokeToken(
  deps: TokenDeps,
  caller: Caller,
  id: string,
  { why = "revoked", reason }: { why?: RevocationCause; reason?: string | undefined } = {},
): Promise<void> {
  await deps.database.transaction(async (trx, changed) => {
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    const ending = { why, reason };
    if (await revokeTokenRow(deps, trx, changed, caller, row, ending)) {
      const line = lineOf(row);
      // What its order brought ends with it; what another token of the order was sold with, with that one.
      if (line !== undefined) {
        await linesOf(deps).cancel(trx, changed, caller, line, await listLinesOfOthers(trx, id, line));
      }
    } else if (isFinal(why) && !isFinal(row.revoked_why)) {
      await makeFinal(deps, trx, caller, row, ending);
    }
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
  { customer, revocation, reason }: { customer: string; revocation: number; reason: string | undefined },
): Promise<number> {
  let revoked = 0;
  const ending: Ending = { why: "customer", customerRevocation: revocation, reason };
  for (const row of await lockAllTokensOfCustomer(trx, deps.database.engine, customer)) {
    if (row.revoked_at === null && (await revokeTokenRow(deps, trx, changed, caller, row, ending))) revoked++;
  }
  return revoked;
}

/** The same of a row that is held, within the transaction of whoever ends more than it; false when it was revoked. */
export async function revokeTokenRow(
  deps: AuditDeps & MailingDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  row: TokenRow,
  { why, customerRevocation, orderRevocation, reason }: Ending,
): Promise<boolean> {
  const { id } = row;
  const now = nowSeconds(deps.clock);
  const isMarked = await markTokenRevoked(trx, id, now, {
    revoked_why: why,
    customer_revocation: customerRevocation ?? null,
    order_revocation: orderRevocation ?? null,
  });
  if (!isMarked) return false;
  await (isFinal(why) ? endRotatedSecrets : suspendRotatedSecrets)(trx, { kind: "token", id }, now);
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.revoked",
    target: { kind: "token", id },
    ...{ shop: row.shop, customer: row.customer },
    details: { before: { status: statusOf(row, now) }, after: { status: "revoked", why } },
    ...(reason === undefined ? {} : { personal: { reason } }),
  });
  await deps.mails?.revoked(trx, { ...row, revoked_at: now });
  changed(tokenChanged(id));
  return true;
}

/** Ends a token whose secret was found in public, for good; the row is held. What it was sold for stays with its order. */
export async function revokeLeakedToken(
  deps: AuditDeps & MailingDeps,
  trx: Db,
  changed: RecordChange,
  actor: Caller["actor"],
  row: TokenRow,
): Promise<void> {
  const caller = { actor, shop: null, packageBound: null };
  const ending: Ending = { why: "leaked" };
  if (await revokeTokenRow(deps, trx, changed, caller, row, ending)) return;
  if (!isFinal(row.revoked_why)) await makeFinal(deps, trx, caller, row, ending);
}

/** Of a token that has ended: from now on nothing brings it back. */
async function makeFinal(
  deps: AuditDeps,
  trx: Db,
  caller: Caller,
  row: TokenRow,
  { why, reason }: Ending,
): Promise<void> {
  const { id } = row;
  const now = nowSeconds(deps.clock);
  const ofNothing = { customer_revocation: null, order_revocation: null };
  await updateToken(trx, id, { revoked_why: why, ...ofNothing, updated_at: now });
  await endRotatedSecrets(trx, { kind: "token", id }, now);
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.revoked",
    target: { kind: "token", id },
    ...{ shop: row.shop, customer: row.customer },
    details: { before: { status: "revoked", why: row.revoked_why }, after: { status: "revoked", why } },
    ...(reason === undefined ? {} : { personal: { reason } }),
  });
}
