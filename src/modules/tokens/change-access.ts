import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db, TokenAccess } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { commonPatterns, keepWithinBound } from "../grants/index.ts";
import type { GivenGrants } from "../grants/index.ts";
import { findBoundOfMaker } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Refuses to give a token another access where that is not safe. A project token was handed to somebody who is not to
 * have more; and a token without packages of its own would open nothing by itself.
 */
export function refuseUnsafeAccess(
  row: TokenRow,
  wanted: TokenAccess,
  { customer, given }: { customer: string | null; given: GivenGrants },
): void {
  if (row.access === "project" && wanted !== "project") {
    throw invalidField("/access", "cannot be changed of a project token: make another token for more than its project");
  }
  if (wanted === "customer" && customer === null) {
    throw invalidField("/access", 'is "customer", which needs /metadata/customer_id');
  }
  if (wanted !== "own" || row.access === "own") return;
  if (row.order_line !== null) {
    throw new AppError("resource.conflict", "What this token opens is at its customer; it has nothing of its own.");
  }
  if (given.patterns.length === 0) {
    const detail = 'is "own", and the token has no packages of its own: send allowed_package_prefixes with it';
    throw invalidField("/access", detail);
  }
}

/**
 * Lets a token read what its customer has, as far as both its maker and the caller may grant: the maker of a token that
 * read more would not see it any more, and nobody hands out more than they have.
 */
export async function narrowToMaker(trx: Db, caller: Caller, row: TokenRow): Promise<void> {
  const ofMaker = await findBoundOfMaker(trx, row.created_by);
  const bounds = [ofMaker, caller.packageBound].filter((bound) => bound !== null);
  const [first, second] = bounds;
  const bound = first !== undefined && second !== undefined ? commonPatterns(first, second) : (first ?? null);
  // An empty list narrows nothing at all.
  if (bound?.length === 0) {
    const detail = "is not possible: this management token may grant nothing of what the token's maker may grant";
    throw new AppError("auth.outside_bound", `/access ${detail}`, { errors: [{ pointer: "/access", detail }] });
  }
  await keepWithinBound(trx, { id: row.id, access: "customer" }, bound);
}
