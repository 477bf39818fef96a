import { InvalidConstraintError, countConstraintParts, parseConstraint } from "../../composer/index.ts";
import type { FieldError } from "../../platform/errors.ts";
import type { CustomerBudgets } from "./customer-budgets.ts";
import type { GrantRow } from "./grant-queries.ts";

/** Which versions of its packages a token opens, where it is not all of them. */
export interface TokenTerms {
  /** What was released until then, for ever; null: whatever is released. */
  updatesUntil: number | null;
  /** Composer's version constraint; null: every version. */
  constraint: string | null;
  stability: string | null;
}

export const NO_TERMS: TokenTerms = { updatesUntil: null, constraint: null, stability: null };

/** What a token was given itself. */
export interface GivenGrants {
  /** In the order they were given. Of a project token: what it is narrowed to. */
  patterns: string[];
  /** Of all of them; a project token has none of its own. */
  terms: TokenTerms;
  /** Packages granted along, because those require them. */
  dependencies: string[];
}

export const NOTHING_GIVEN: GivenGrants = { patterns: [], terms: NO_TERMS, dependencies: [] };

/** What a token's own grants come to. */
export function givenBy(grants: readonly GrantRow[]): GivenGrants {
  const current = grants
    .filter((grant) => grant.revoked_at === null)
    .sort((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  const sold = current.filter(({ is_dependency }) => is_dependency === 0);
  const [first] = sold;
  return {
    patterns: sold.map(({ package_pattern }) => package_pattern),
    terms:
      first === undefined
        ? NO_TERMS
        : {
            updatesUntil: first.updates_until,
            constraint: first.version_constraint,
            stability: first.stability,
          },
    dependencies: current
      .filter(({ is_dependency }) => is_dependency === 1)
      .map(({ package_pattern }) => package_pattern)
      .sort(),
  };
}

/** What is wrong with a version constraint that was sent. */
export function constraintErrors(
  text: string | null | undefined,
  { constraintPartsMax }: Pick<CustomerBudgets, "constraintPartsMax">,
): FieldError[] {
  if (text === null || text === undefined) return [];
  try {
    parseConstraint(text);
    const parts = countConstraintParts(text);
    if (parts > constraintPartsMax) {
      const detail = `has ${parts} parts, alternatives and what they combine; CONSTRAINT_PARTS_MAX is ${constraintPartsMax}`;
      return [{ pointer: "/constraint", detail }];
    }
    return [];
  } catch (error) {
    if (error instanceof InvalidConstraintError) return [{ pointer: "/constraint", detail: error.message }];
    throw error;
  }
}
