import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer } from "../customers/index.ts";
import { graceUntil, listGrantParts, listGrantsOfCustomer, withinScope } from "../grants/index.ts";
import type { GrantParts, GrantRow } from "../grants/index.ts";
import { getVisibleToken, statusOf, suspendersOf } from "../tokens/index.ts";
import type { AccessExplanation, ExplainQuery } from "./explanation-schemas.ts";

export interface ExplainDeps {
  database: Pick<Database, "db">;
  clock: Clock;
  /** Requests the token may make right now; undefined when nothing limits it. */
  rateLimitRemaining(token: { id: string; rateLimitMax: number | null }): number | undefined;
}

/** Whose access is explained, and its grants without what does not exist for the caller. */
export interface Holder extends GrantParts {
  token: AccessExplanation["token"];
  rateLimit: AccessExplanation["rate_limit"];
}

/** A token with what it reads, or a customer with what its tokens may read; 404 for what the caller does not see. */
export async function findHolder(deps: ExplainDeps, caller: Caller, query: ExplainQuery): Promise<Holder> {
  const { db } = deps.database;
  const { token_id: tokenId, customer_id: customerId } = query;
  if (tokenId === undefined && customerId === undefined) {
    throw invalidField("?token_id", "is missing: name a token here, or a customer in ?customer_id");
  }
  const { packageBound } = caller;
  if (tokenId === undefined) {
    const customer = await getVisibleCustomer(db, caller, customerId ?? "");
    const inherited = within(packageBound, await listGrantsOfCustomer(db, customer.id));
    return { ...{ token: null, rateLimit: null, scope: null }, own: [], inherited };
  }
  if (customerId !== undefined) throw invalidField("?customer_id", "and ?token_id: send one of them");
  const row = await getVisibleToken(db, caller, tokenId);
  const { own, inherited, scope } = await listGrantParts(db, row);
  const remaining = deps.rateLimitRemaining({ id: row.id, rateLimitMax: row.rate_limit_max });
  return {
    token: {
      ...{ id: row.id, status: statusOf(row, nowSeconds(deps.clock)) },
      ...{ expires_at: row.expires_at, grace_until: graceUntil(row.expires_at, row.grace_days) },
      ...{ suspended_by: suspendersOf(row), access: row.access, narrowed_to: scope },
    },
    rateLimit: row.rate_limit_max === null || remaining === undefined ? null : { limit: row.rate_limit_max, remaining },
    ...{ own: within(packageBound, own), inherited: within(packageBound, inherited), scope },
  };
}

/** What lies outside of a bound does not exist for whoever has it, ended or not. */
function within(bound: readonly string[] | null, grants: GrantRow[]): GrantRow[] {
  return bound === null ? grants : withinScope(grants, bound);
}
