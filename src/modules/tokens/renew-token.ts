import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { giveGrants, readGivenGrants } from "../grants/index.ts";
import type { GivenGrants } from "../grants/index.ts";
import {
  COUNTED_ALREADY,
  auditableRenewal,
  hasCounted,
  readRenewal,
  renewEnd,
  renewalsOfToken,
} from "../renewals/index.ts";
import type { RenewBody, Renewal, RenewedEnd } from "../renewals/index.ts";
import type { TokenDeps } from "./create-token.ts";
import { getTokenForChange } from "./find-token.ts";
import { refuseRevoked } from "./revocation.ts";
import { lineOf, linesOf } from "./token-lines.ts";
import type { LinePlace } from "./token-lines.ts";
import { tokenChanged } from "./token-changes.ts";
import { auditableToken, presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

export type RenewedToken = PresentedToken & { applied: boolean; reason: string | null };

/**
 * Lets a token go on: to a time, or by a term that its renewal counts once for. It never ends earlier than before. A
 * renewal that counted already is answered with the token as it is now, whatever became of it; a new one of a revoked
 * token is `resource.conflict`. One that is suspended stays so, and has its new end when it is resumed.
 */
export async function renewToken(deps: TokenDeps, caller: Caller, id: string, body: RenewBody): Promise<RenewedToken> {
  const renewal = readRenewal(body);
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    const line = lineOf(row);
    if (line !== undefined) return await renewLinePlace(deps, trx, changed, caller, { row, line, renewal });
    const target = renewalsOfToken(id);
    if (!(await hasCounted(trx, target, renewal))) refuseRevoked(row);
    const given = await readGivenGrants(trx, row);
    const before = presentToken(row, given, now);
    const end = given.terms.updatesUntil ?? row.expires_at;
    const renewed = await renewEnd(trx, target, renewal, { end, now });
    if (!renewed.applied) return { ...before, applied: false, reason: renewed.reason };
    const updated = await moveEnd(trx, row, given, renewed, now);
    const after = presentToken(updated, await readGivenGrants(trx, updated), now);
    await recordRenewal(deps, trx, caller, { row, renewal, before, after });
    await deps.mails?.renewed(trx, updated);
    changed(tokenChanged(id));
    return { ...after, applied: true, reason: null };
  });
}

/** What was bought is at the customer: the token has a copy of its end, for lists. */
async function renewLinePlace(
  deps: TokenDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  sold: { row: TokenRow; line: LinePlace; renewal: Renewal },
): Promise<RenewedToken> {
  const { row, line, renewal } = sold;
  const now = nowSeconds(deps.clock);
  // It counted before the token became a credential of its customer.
  if (await hasCounted(trx, renewalsOfToken(row.id), renewal)) {
    return { ...presentToken(row, await readGivenGrants(trx, row), now), applied: false, reason: COUNTED_ALREADY };
  }
  refuseRevoked(row);
  const { applied, reason, expiresAt } = await linesOf(deps).renewLine(trx, changed, caller, line, renewal);
  const isMoved = expiresAt !== row.expires_at;
  const change = { expires_at: expiresAt, expiry_set_at: now, updated_at: now };
  const updated = isMoved ? await updateToken(trx, row.id, change) : row;
  if (isMoved) changed(tokenChanged(row.id));
  return { ...presentToken(updated, await readGivenGrants(trx, updated), now), applied, reason };
}

async function moveEnd(
  trx: Db,
  row: TokenRow,
  given: GivenGrants,
  { end }: RenewedEnd,
  now: number,
): Promise<TokenRow> {
  if (given.terms.updatesUntil === null) {
    return await updateToken(trx, row.id, { expires_at: end, expiry_set_at: now, updated_at: now });
  }
  await giveGrants(trx, row, { ...given, terms: { ...given.terms, updatesUntil: end } }, now);
  return await updateToken(trx, row.id, { updated_at: now });
}

async function recordRenewal(
  deps: TokenDeps,
  trx: Db,
  caller: Caller,
  event: { row: TokenRow; renewal: Renewal; before: PresentedToken; after: PresentedToken },
): Promise<void> {
  const { row, renewal, before, after } = event;
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "token.updated",
    target: { kind: "token", id: row.id },
    ...{ shop: row.shop, customer: row.customer },
    details: { before: auditableToken(before), after: auditableToken(after), ...auditableRenewal(renewal) },
    ...(renewal.reason === null ? {} : { personal: { reason: renewal.reason } }),
  });
}
