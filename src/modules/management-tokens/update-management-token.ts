import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { getManagementTokenForChange } from "./find-management-token.ts";
import { readName } from "./manage-management-tokens.ts";
import type { ManagementTokenDeps } from "./manage-management-tokens.ts";
import { presentManagementToken, scopesOf } from "./management-token-presenter.ts";
import type { ManagementTokenSummary } from "./management-token-presenter.ts";
import { updateManagementToken } from "./management-token-queries.ts";
import type { ManagementTokenRow } from "./management-token-queries.ts";
import type { UpdateManagementTokenBody } from "./management-token-schemas.ts";
import { refuseForeignScopes } from "./own-limits.ts";
import type { Grantor } from "./own-limits.ts";

/**
 * Changes the name and what a sale has that does not say otherwise; absent fields stay. Nobody changes a token that
 * may do more than they: `auth.outside_bound`. A revoked one is `resource.conflict`.
 */
export async function changeManagementToken(
  deps: ManagementTokenDeps,
  caller: Grantor,
  id: string,
  input: UpdateManagementTokenBody,
): Promise<ManagementTokenSummary> {
  const change = readChange(input);
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getManagementTokenForChange(trx, deps.database.engine, caller, id);
    refuseForeignScopes(caller, scopesOf(row));
    if (row.revoked_at !== null) {
      throw new AppError("resource.conflict", "This management token was revoked, which is final; create a new one.");
    }
    const updated = { ...row, ...change };
    const [before, after] = [settingsOf(row), settingsOf(updated)];
    if (JSON.stringify(before) !== JSON.stringify(after)) {
      await updateManagementToken(trx, id, change);
      await recordAuditEvent(deps, trx, caller.actor, {
        action: "management_token.updated",
        target: { kind: "management_token", id },
        shop: row.shop,
        details: { before, after },
      });
      changed(`management_token:${id}`);
    }
    return presentManagementToken(updated, now);
  });
}

function readChange(input: UpdateManagementTokenBody): Partial<ManagementTokenRow> {
  return {
    ...(input.name === undefined ? {} : { name: readName(input.name) }),
    ...(input.unique_by === undefined ? {} : { unique_by: input.unique_by }),
    ...(input.credential === undefined ? {} : { credential: input.credential }),
    ...(input.notify === undefined ? {} : { notify: input.notify ? 1 : 0 }),
    ...(input.grace_days === undefined ? {} : { grace_days: input.grace_days }),
    ...(input.stability === undefined ? {} : { stability: input.stability }),
  };
}

function settingsOf({ name, unique_by, credential, notify, grace_days, stability }: ManagementTokenRow) {
  const grace = grace_days === null ? {} : { grace_days };
  const versions = stability === null ? {} : { stability };
  return { name, unique_by, credential, notify: notify === 1, ...grace, ...versions };
}
