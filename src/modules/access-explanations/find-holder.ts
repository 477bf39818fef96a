import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer } from "../customers/index.ts";
import { listGrantsOfCustomer, listGrantsOfToken } from "../grants/index.ts";
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
  /** Ended ones too. */
  grants: GrantRow[];
}

/** A token with what it reads, or a customer with what its tokens may read; 404 for what the caller does not see. */
export async function findHolder(deps: ExplainDeps, caller: Caller, query: ExplainQuery): Promise<Holder> {
  const { db } = deps.database;
  const { token_id: tokenId, customer_id: customerId } = query;
  if (tokenId === undefined && customerId === undefined) {
    throw invalidField("?token_id", "is missing: name a token here, or a customer in ?customer_id");
  }
  if (tokenId === undefined) {
    const customer = await getVisibleCustomer(db, caller, customerId ?? "");
    return { token: null, rateLimit: null, grants: await listGrantsOfCustomer(db, customer.id) };
  }
  if (customerId !== undefined) throw invalidField("?customer_id", "and ?token_id: send one of them");
  const row = await getVisibleToken(db, caller, tokenId);
  const own = await listGrantsOfToken(db, row.id);
  const readsCustomer = row.access === "customer" && row.customer !== null;
  const ofCustomer = readsCustomer ? await listGrantsOfCustomer(db, row.customer ?? "") : [];
  const remaining = deps.rateLimitRemaining({ id: row.id, rateLimitMax: row.rate_limit_max });
  return {
    token: {
      ...{ id: row.id, status: statusOf(row, nowSeconds(deps.clock)) },
      ...{ expires_at: row.expires_at, access: row.access },
    },
    rateLimit: row.rate_limit_max === null || remaining === undefined ? null : { limit: row.rate_limit_max, remaining },
    grants: [...own, ...ofCustomer],
  };
}
