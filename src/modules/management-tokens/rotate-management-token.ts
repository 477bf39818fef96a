import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret, lastFour, newSecret } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { retireSecret } from "../rotated-secrets/index.ts";
import { getManagementTokenForChange } from "./find-management-token.ts";
import type { ManagementTokenDetail } from "./find-management-token.ts";
import type { ManagementTokenDeps } from "./manage-management-tokens.ts";
import { presentManagementToken, scopesOf } from "./management-token-presenter.ts";
import { updateManagementToken } from "./management-token-queries.ts";
import { refuseForeignNetworks, refuseForeignScopes } from "./own-limits.ts";
import type { Grantor } from "./own-limits.ts";
import { networksOf } from "./token-networks.ts";

/**
 * Gives a management token another secret, returned once; with an overlap the one before goes on working until its
 * end. Whoever gets the secret gets its scopes: they must be the caller's own.
 */
export async function rotateManagementToken(
  deps: ManagementTokenDeps,
  caller: Grantor,
  id: string,
  input: { overlap_seconds?: number | null | undefined },
): Promise<{ token: ManagementTokenDetail; secret: string }> {
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getManagementTokenForChange(trx, deps.database.engine, caller, id);
    refuseForeignScopes(caller, scopesOf(row));
    refuseForeignNetworks(caller, networksOf(row));
    if (row.revoked_at !== null) {
      throw new AppError("resource.conflict", "This management token was revoked, which is final; create a new one.");
    }
    const holder = { kind: "management_token" as const, id };
    const overlapSeconds = input.overlap_seconds ?? 0;
    const retired = { secretHash: row.secret_hash, lastFour: row.last_four, now, overlapSeconds };
    const previous = await retireSecret(trx, holder, retired);
    const secret = newSecret("pbm");
    const change = { secret_hash: hashSecret(secret), last_four: lastFour(secret) };
    await updateManagementToken(trx, id, change);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "management_token.rotated",
      target: { kind: "management_token", id },
      shop: row.shop,
      details: {
        before: { last_four: row.last_four },
        after: { last_four: change.last_four, previous_secret_expires_at: previous.expires_at },
      },
    });
    changed(`management_token:${id}`);
    return { token: { ...presentManagementToken({ ...row, ...change }, now), previous_secret: previous }, secret };
  });
}
