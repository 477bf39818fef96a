import type { FieldError } from "../../platform/errors.ts";
import type { TokenAccess } from "../../schema.ts";
import type { Principal } from "../callers/index.ts";
import { NO_TERMS, constraintErrors } from "../grants/index.ts";
import type { CustomerBudgets, GivenGrants, TokenTerms } from "../grants/index.ts";

/** What of a body says which versions a token opens. */
export interface TermsInput {
  updates_until?: number | null | undefined;
  constraint?: string | null | undefined;
  stability?: string | null | undefined;
  /** Only of a sale. */
  with_dependencies?: boolean | null | undefined;
}

/** Of a sale that names no terms; null in it says no more than leaving it out. */
export function termsBySetting({ saleDefaults }: Pick<Principal, "saleDefaults">): TokenTerms {
  return { ...NO_TERMS, stability: saleDefaults?.stability ?? null };
}

/** The terms after a body: what it does not name stays as it was, and null is what a sale has that names none. */
export function readTerms(
  input: TermsInput,
  before: TokenTerms,
  bySetting: TokenTerms,
  errors: FieldError[],
  budgets: CustomerBudgets,
): TokenTerms {
  errors.push(...constraintErrors(input.constraint, budgets));
  return {
    updatesUntil: input.updates_until === undefined ? before.updatesUntil : input.updates_until,
    constraint: input.constraint === undefined ? before.constraint : input.constraint,
    stability: input.stability === undefined ? before.stability : (input.stability ?? bySetting.stability),
  };
}

/**
 * Refuses what is of a token's own packages where it has none: it would say nothing, and somebody would rely on it.
 * Null and false ask for nothing.
 */
export function refuseIdleTerms(
  access: TokenAccess,
  given: Pick<GivenGrants, "patterns">,
  input: TermsInput,
  errors: FieldError[],
): void {
  if (access !== "project" && given.patterns.length > 0) return;
  const detail =
    access === "project"
      ? "is not of a project token: it opens what its customer's grants let through"
      : "is about the packages of the token itself, which has none: name them in allowed_package_prefixes, or put this on the grants of its customer";
  const { updates_until, constraint, stability, with_dependencies } = input;
  for (const [field, value] of Object.entries({ updates_until, constraint, stability, with_dependencies })) {
    if (value === undefined || value === null || value === false) continue;
    errors.push({ pointer: `/${field}`, detail });
  }
}
