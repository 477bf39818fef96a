import { nowSeconds } from "../../platform/clock.ts";
import type { Caller } from "../callers/index.ts";
import { readGivenGrants } from "../grants/index.ts";
import type { TokenDeps } from "./create-token.ts";
import { getTokenForChange } from "./find-token.ts";
import { refuseRevoked } from "./revocation.ts";
import { recordSuspension, suspendItself } from "./suspension.ts";
import { presentToken, readSuspensions } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";

/**
 * Keeps a token from opening anything until it is resumed; its dates go on, and it may be renewed meanwhile. In force
 * with the next request. Repeating it changes nothing. A revoked one is `resource.conflict`.
 */
export async function suspendToken(
  deps: TokenDeps,
  caller: Caller,
  id: string,
  reason: string | undefined,
): Promise<PresentedToken> {
  return await setSuspended(deps, caller, id, { isSuspended: true, reason });
}

/** Ends the suspension of the token itself; that of its customer or its order goes on. */
export async function resumeToken(
  deps: TokenDeps,
  caller: Caller,
  id: string,
  reason: string | undefined,
): Promise<PresentedToken> {
  return await setSuspended(deps, caller, id, { isSuspended: false, reason });
}

async function setSuspended(
  deps: TokenDeps,
  caller: Caller,
  id: string,
  { isSuspended, reason }: { isSuspended: boolean; reason: string | undefined },
): Promise<PresentedToken> {
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const before = await getTokenForChange(trx, deps.database.engine, caller, id);
    refuseRevoked(before);
    const since = isSuspended ? (readSuspensions(before).token ?? now) : undefined;
    const after = await suspendItself(trx, before, since, now);
    await recordSuspension(deps, trx, changed, caller, { before, after, reason });
    return presentToken(after, await readGivenGrants(trx, after), now);
  });
}
