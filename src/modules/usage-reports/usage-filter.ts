import { InvalidVersionError, normalizeVersion } from "../../composer/index.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer } from "../customers/index.ts";
import { getVisiblePackage } from "../packages/index.ts";
import { getVisibleToken } from "../tokens/index.ts";
import { DAY_SECONDS, startOfDay } from "./days.ts";
import type { UsageFilter } from "./usage-report-queries.ts";
import type { UsageQuery } from "./usage-schemas.ts";

const DEFAULT_DAYS = 30;
const DAYS_MAX = 400;

export type FilterQuery = Omit<UsageQuery, "group_by" | "limit" | "cursor">;

/** What a query asks for, of what the caller sees. What it may not see does not exist for it: 404. */
export async function readFilter(db: Db, caller: Caller, query: FilterQuery, now: number): Promise<UsageFilter> {
  return { ...readSpan(query, now), ...(await whatIsMeant(db, caller, query)), version: readVersion(query) };
}

function readSpan(query: FilterQuery, now: number): { first: number; last: number } {
  const last = startOfDay(query.to ?? now);
  const first = startOfDay(query.from ?? Math.max(0, last - (DEFAULT_DAYS - 1) * DAY_SECONDS));
  if (first > last) throw invalidField("?from", "is after ?to");
  if (last - first >= DAYS_MAX * DAY_SECONDS) throw invalidField("?from", `is more than ${DAYS_MAX} days before ?to`);
  return { first, last };
}

function readVersion({ version, package: name }: FilterQuery): string | undefined {
  if (version === undefined) return undefined;
  if (name === undefined) throw invalidField("?version", "needs ?package: the same number is another one of another");
  try {
    return normalizeVersion(version);
  } catch (error) {
    if (error instanceof InvalidVersionError) throw invalidField("?version", "must be a version such as 1.2.0");
    throw error;
  }
}

async function whatIsMeant(
  db: Db,
  caller: Caller,
  query: FilterQuery,
): Promise<Pick<UsageFilter, "tokens" | "package">> {
  const { token_id, customer_id } = query;
  const id = token_id === undefined ? undefined : (await getVisibleToken(db, caller, token_id)).id;
  const customer = customer_id === undefined ? undefined : (await getVisibleCustomer(db, caller, customer_id)).id;
  const hosted = query.package === undefined ? undefined : await getVisiblePackage(db, caller, query.package);
  const { shop, packageBound } = caller;
  const isEverybody = [id, customer, shop, packageBound].every((one) => one === undefined || one === null);
  return { tokens: isEverybody ? undefined : { shop, packageBound, id, customer }, package: hosted?.id };
}
