import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { EVERYTHING_PATTERN, listScope, patternsOutsideBound } from "../grants/index.ts";
import type { GivenGrants } from "../grants/index.ts";
import { refuseRevoked } from "./revocation.ts";
import { suspendersOf } from "./token-presenter.ts";
import type { TokenRow } from "./token-queries.ts";

function conflict(detail: string): AppError {
  return new AppError("resource.conflict", detail);
}

/** 409 for a token that cannot become a credential of its customer, with what to do. */
export function refuseUnjoinable(row: TokenRow): void {
  refuseRevoked(row);
  if (row.access === "project") {
    throw conflict(
      "This is a project token: it is for a part of what its customer has, and never becomes a wider one. Make another token for more than its project.",
    );
  }
  if (row.customer === null) {
    throw conflict(
      "This token has no customer whose order it could be part of: name one first, by PATCH with metadata that has a customer_id beside all that it has.",
    );
  }
  refuseSuspended(row);
}

/** What is suspended would be open at once for every other token of the customer. */
export function refuseSuspended(row: TokenRow): void {
  const [by] = suspendersOf(row);
  if (by === undefined) return;
  const whom = by === "token" ? "This token" : `The ${by} of this token`;
  throw conflict(`${whom} is suspended: what it opens would be open for others. Resume it first.`);
}

/** A `customer_id` alone is no identity: somebody has to say that this buyer is that customer. */
export function refuseAnotherAddress(): never {
  throw conflict(
    'This token was sold with an e-mail address that its customer never had: is it the same person? If so, confirm the entry that asks it (GET /api/attention, POST /api/attention/{id}/confirm), or send "same_person": true.',
  );
}

/** A token that reads its customer's grants is narrowed to what its maker may grant; its own packages were not. */
export async function refuseLoss(trx: Db, row: TokenRow, { patterns, dependencies }: GivenGrants): Promise<void> {
  const scope = await listScope(trx, row.id);
  if (scope.length === 0) return;
  const lost = patternsOutsideBound([...patterns, ...dependencies], scope);
  if (lost.length === 0) return;
  const names = lost.map((pattern) => (pattern === EVERYTHING_PATTERN ? "everything" : pattern)).join(", ");
  throw conflict(
    `This token opens ${names}, which the management token that made it may not grant: as a credential of its customer it would lose that. Take it out of allowed_package_prefixes, and sell it with a management token that may grant it.`,
  );
}
