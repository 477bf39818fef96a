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
import { refuseForeignNetworks, refuseForeignScopes } from "./own-limits.ts";
import type { Grantor } from "./own-limits.ts";
import { isWider, networksOf, readNetworks } from "./token-networks.ts";

/**
 * Changes the name, where it may be used from, and what a sale has that does not say otherwise; absent fields stay. Nobody changes a token that
 * may do more than they: `auth.outside_bound`. A revoked one is `resource.conflict`.
 */
export async function changeManagementToken(
  deps: ManagementTokenDeps,
  caller: Grantor,
  id: string,
  input: UpdateManagementTokenBody,
): Promise<{ token: ManagementTokenSummary; isWidened: boolean }> {
  const change = readChange(input);
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getManagementTokenForChange(trx, deps.database.engine, caller, id);
    refuseForeignScopes(caller, scopesOf(row));
    refuseForeignNetworks(caller, networksOf(row));
    if (row.revoked_at !== null) {
      throw new AppError("resource.conflict", "This management token was revoked, which is final; create a new one.");
    }
    const updated = { ...row, ...change };
    refuseForeignNetworks(caller, networksOf(updated));
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
    const isWidened = isWider(networksOf(updated), networksOf(row));
    return { token: presentManagementToken(updated, now), isWidened };
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
    ...(input.allowed_networks === undefined ? {} : { allowed_networks: storedNetworks(input.allowed_networks) }),
  };
}

function storedNetworks(texts: readonly string[] | null): string | null {
  const networks = readNetworks(texts);
  return networks === null ? null : JSON.stringify(networks);
}

function settingsOf(row: ManagementTokenRow) {
  const { name, unique_by, credential, notify, grace_days, stability } = row;
  const networks = networksOf(row);
  const grace = grace_days === null ? {} : { grace_days };
  const versions = stability === null ? {} : { stability };
  const places = networks === null ? {} : { allowed_networks: networks };
  return { name, unique_by, credential, notify: notify === 1, ...grace, ...versions, ...places };
}
