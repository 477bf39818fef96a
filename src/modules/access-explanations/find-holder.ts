import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer } from "../customers/index.ts";
import { listGrantsOfCustomer, listGrantsOfToken, listScope, withinScope } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import { getVisibleToken, statusOf } from "../tokens/index.ts";
import type { AccessExplanation, ExplainQuery } from "./explanation-schemas.ts";

export interface ExplainDeps {
  database: Pick<Database, "db">;
  clock: Clock;
  /** Requests the token may make right now; undefined when nothing limits it. */
  rateLimitRemaining(token: { id: string; rateLimitMax: number | null }): number | undefined;
}

/** Whose access is explained. */
export interface Holder {
  token: AccessExplanation["token"];
  rateLimit: AccessExplanation["rate_limit"];
  /** Of the token itself; ended ones too, and no part of one that does not exist for the caller. */
  own: GrantRow[];
  /** The same of the customer, where the token reads that; whole, whatever the token is narrowed to. */
  inherited: GrantRow[];
  /** To what a token is narrowed of what its customer has; null: nothing narrows it. */
  scope: string[] | null;
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
  const scope = row.access === "own" ? [] : await listScope(db, row.id);
  const theirs = row.access === "own" || row.customer === null ? [] : await listGrantsOfCustomer(db, row.customer);
  const own = within(packageBound, await listGrantsOfToken(db, row.id));
  const remaining = deps.rateLimitRemaining({ id: row.id, rateLimitMax: row.rate_limit_max });
  return {
    token: {
      ...{ id: row.id, status: statusOf(row, nowSeconds(deps.clock)) },
      ...{ expires_at: row.expires_at, access: row.access, narrowed_to: scope.length === 0 ? null : scope },
    },
    rateLimit: row.rate_limit_max === null || remaining === undefined ? null : { limit: row.rate_limit_max, remaining },
    ...{ own, inherited: within(packageBound, theirs) },
    scope: scope.length === 0 && row.access !== "project" ? null : scope,
  };
}

/** What lies outside of a bound does not exist for whoever has it, ended or not. */
function within(bound: readonly string[] | null, grants: GrantRow[]): GrantRow[] {
  return bound === null ? grants : withinScope(grants, bound);
}
