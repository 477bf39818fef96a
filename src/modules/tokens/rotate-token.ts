import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { readGivenGrants } from "../grants/index.ts";
import type { Caller } from "../callers/index.ts";
import { retireSecret } from "../rotated-secrets/index.ts";
import type { PresentedPreviousSecret } from "../rotated-secrets/index.ts";
import type { TokenDeps } from "./create-token.ts";
import { getTokenForChange } from "./find-token.ts";
import { refuseRevoked } from "./revocation.ts";
import { tokenChanged } from "./token-changes.ts";
import { presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { updateToken } from "./token-queries.ts";

export interface RotatedTokenResult {
  token: PresentedToken & { previous_secret: PresentedPreviousSecret | null };
  secret: string;
  /** Whether the customer is mailed it. */
  mailed: boolean;
  warnings: string[];
}

/**
 * Gives a token another secret; its id, grants, history and limits stay. The secret is returned once. With an overlap
 * both secrets work until its end, so that a customer's build servers can be changed one after the other.
 */
export async function rotateToken(
  deps: TokenDeps,
  caller: Caller,
  id: string,
  input: { overlap_seconds?: number | null | undefined; notify?: boolean | null | undefined },
): Promise<RotatedTokenResult> {
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    refuseRevoked(row);
    const holder = { kind: "token" as const, id };
    const overlapSeconds = input.overlap_seconds ?? 0;
    const retired = { secretHash: row.secret_hash, lastFour: row.last_four, now, overlapSeconds };
    const previous = await retireSecret(trx, holder, retired);
    const secret = newSecret("pbt");
    const change = { secret_hash: hashSecret(secret), last_four: lastFour(secret), updated_at: now };
    const updated = await updateToken(trx, id, change);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.rotated",
      target: { kind: "token", id },
      ...{ shop: row.shop, customer: row.customer },
      details: {
        before: { last_four: row.last_four },
        after: { last_four: updated.last_four, previous_secret_expires_at: previous.expires_at },
      },
    });
    changed(tokenChanged(id));
    const presented = presentToken(updated, await readGivenGrants(trx, row), now);
    const notify = input.notify ?? row.notify === 1;
    const warnings = (await deps.mails?.replaced(trx, updated, secret, { cause: "rotated", notify })) ?? [];
    const mailed = deps.mails !== undefined && notify && warnings.length === 0;
    return { token: { ...presented, previous_secret: previous }, secret, mailed, warnings };
  });
}
