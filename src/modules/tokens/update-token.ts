import { nowSeconds } from "../../platform/clock.ts";
import { invalidFields } from "../../platform/errors.ts";
import type { TokenTable } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { givePatterns, listPatternsOfToken, readPatterns } from "../grants/index.ts";
import type { Caller } from "../callers/index.ts";
import { NEEDED_BY_PROJECT, defaultPatterns, metadataColumns, refuseOutsideBound } from "./create-token.ts";
import type { TokenDeps } from "./create-token.ts";
import { refuseErasedBuyer } from "../customers/index.ts";
import { getTokenForChange } from "./find-token.ts";
import { refuseRevoked } from "./revoke-token.ts";
import { tokenChanged } from "./token-changes.ts";
import { readMetadata } from "./token-metadata.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import { auditableToken, personalValues, presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";
import type { UpdateTokenBody } from "./token-schemas.ts";
import type { Updateable } from "kysely";

/**
 * Extends, narrows or relabels a token; absent fields stay, null clears. What is taken away lapses: composer's user
 * is told so. In force with the next request.
 */
export async function changeToken(
  deps: TokenDeps,
  caller: Caller,
  id: string,
  input: UpdateTokenBody,
): Promise<PresentedToken> {
  const metadata = input.metadata === undefined ? undefined : readNewMetadata(input.metadata);
  return await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    const row = await getTokenForChange(trx, deps.database.engine, caller, id);
    refuseRevoked(row);
    const before = presentToken(row, await listPatternsOfToken(trx, row), now);
    if (Object.keys(input).length === 0) return before;
    const patterns = readNewPatterns(caller, row, input);
    const change: Updateable<TokenTable> = {
      ...plainChanges(input),
      ...(metadata === undefined ? {} : await metadataColumns(trx, { ...caller, shop: row.shop }, metadata, now)),
      updated_at: now,
    };
    refuseOrphan(row, change);
    if (input.expires_at !== undefined && input.expires_at !== row.expires_at) change.expiry_set_at = now;
    const updated = await updateToken(trx, id, change);
    await refuseErasedBuyer(trx, updated.customer);
    if (patterns !== undefined) await givePatterns(trx, row, patterns, now);
    const after = presentToken(updated, await listPatternsOfToken(trx, row), now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.updated",
      target: { kind: "token", id },
      ...{ shop: row.shop, customer: updated.customer },
      details: { before: auditableToken(before), after: auditableToken(after) },
      personal: { before: personalValues(before), after: personalValues(after) },
    });
    if (goesOnLonger(row, updated)) await deps.mails?.renewed(trx, updated);
    changed(tokenChanged(id));
    return after;
  });
}

function goesOnLonger(before: TokenRow, after: TokenRow): boolean {
  if (before.expires_at === null) return false;
  return after.expires_at === null || after.expires_at > before.expires_at;
}

function plainChanges(input: UpdateTokenBody): Updateable<TokenTable> {
  return {
    ...(input.description === undefined ? {} : { description: input.description }),
    ...(input.expires_at === undefined ? {} : { expires_at: input.expires_at }),
    ...(input.rate_limit_max === undefined ? {} : { rate_limit_max: input.rate_limit_max }),
    ...(input.notify === undefined ? {} : { notify: input.notify ? 1 : 0 }),
  };
}

function readNewPatterns(caller: Caller, row: TokenRow, input: UpdateTokenBody): string[] | undefined {
  const given = input.allowed_package_prefixes;
  if (given === undefined) return undefined;
  if (given === null) {
    if (row.access === "project") refuseInvalid([{ pointer: "/allowed_package_prefixes", detail: NEEDED_BY_PROJECT }]);
    return row.access === "customer" ? [] : defaultPatterns(caller);
  }
  const { patterns, errors } = readPatterns(given, "/allowed_package_prefixes");
  refuseInvalid(errors);
  refuseOutsideBound(caller, patterns);
  return patterns;
}

function readNewMetadata(given: UpdateTokenBody["metadata"]): TokenMetadata {
  const { metadata, errors } = readMetadata(given);
  refuseInvalid(errors);
  return metadata;
}

function refuseInvalid(errors: { pointer: string; detail: string }[]): void {
  if (errors.length > 0) throw invalidFields(errors);
}

/** A token that reads its customer's grants, or a part of them, must keep a customer. */
function refuseOrphan(row: TokenRow, change: Updateable<TokenTable>): void {
  if (row.access === "own" || change.customer !== null) return;
  refuseInvalid([{ pointer: "/metadata/customer_id", detail: `is needed by a token with access "${row.access}"` }]);
}
