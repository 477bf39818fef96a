import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { findCustomerById } from "../customers/index.ts";
import { readGivenGrants } from "../grants/index.ts";
import { restoreRotatedSecrets } from "../rotated-secrets/index.ts";
import type { MailingDeps, TokenDeps } from "./create-token.ts";
import { getTokenForChange } from "./find-token.ts";
import { refuseUnrestorable } from "./revocation.ts";
import { lineOf, linesOf } from "./token-lines.ts";
import { tokenChanged } from "./token-changes.ts";
import { presentToken, statusOf } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { lockAllTokensOfCustomer, updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Takes the revocation of one token back, for 30 days: it works again with the secret it had, and so does one that was
 * replaced and still in its overlap. One that is not revoked stays as it is. Throws `resource.conflict` for what is not
 * to be brought back, or not by itself.
 */
export async function restoreToken(
  deps: TokenDeps,
  caller: Caller,
  id: string,
  reason: string | undefined,
): Promise<PresentedToken> {
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    refuseUnrestorable(row, now);
    await refuseOfRevokedCustomer(trx, row);
    const endedAt = row.revoked_at;
    const restored = endedAt === null ? row : await restoreTokenRow(deps, trx, changed, caller, row, reason);
    const line = lineOf(restored);
    if (endedAt !== null && line !== undefined) await linesOf(deps).reopen(trx, changed, caller, line, endedAt);
    return presentToken(restored, await readGivenGrants(trx, restored), now);
  });
}

/** What the customer had until its revocation comes back with the customer, or not at all. */
async function refuseOfRevokedCustomer(
  trx: Db,
  { customer, revoked_at }: Pick<TokenRow, "customer" | "revoked_at">,
): Promise<void> {
  if (customer === null || revoked_at === null) return;
  const owner = await findCustomerById(trx, customer);
  if (owner === undefined || owner.revoked_at === null || owner.revoked_at < revoked_at) return;
  throw new AppError("resource.conflict", "The customer was revoked since: restore the customer first.");
}

/**
 * Lets the tokens work again that one revocation of their customer (`customers.id`) ended, with the secrets they had;
 * within the transaction of whoever undoes that revocation. Returns how many. One that was revoked by itself stays so.
 */
export async function restoreTokensOfCustomer(
  deps: AuditDeps & MailingDeps & { database: Pick<TokenDeps["database"], "engine"> },
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  { customer, revocation, reason }: { customer: string; revocation: number; reason: string | undefined },
): Promise<number> {
  const all = await lockAllTokensOfCustomer(trx, deps.database.engine, customer);
  const ended = all.filter((row) => row.revoked_at !== null && row.customer_revocation === revocation);
  for (const row of ended) await restoreTokenRow(deps, trx, changed, caller, row, reason);
  return ended.length;
}

/** Of a revoked token whose row is held; whoever calls knows that it may come back. */
export async function restoreTokenRow(
  deps: AuditDeps & MailingDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  { id, shop, customer }: TokenRow,
  reason: string | undefined,
): Promise<TokenRow> {
  const now = nowSeconds(deps.clock);
  const ofNothing = { revoked_why: null, customer_revocation: null, order_revocation: null };
  const row = await updateToken(trx, id, { revoked_at: null, ...ofNothing, updated_at: now });
  await restoreRotatedSecrets(trx, { kind: "token", id });
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.restored",
    target: { kind: "token", id },
    ...{ shop, customer },
    details: { before: { status: "revoked" }, after: { status: statusOf(row, now) } },
    ...(reason === undefined ? {} : { personal: { reason } }),
  });
  await deps.mails?.restored(trx, row);
  changed(tokenChanged(id));
  return row;
}
