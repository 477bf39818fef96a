import type { FieldError } from "../../platform/errors.ts";
import type { TokenAccess } from "../../schema.ts";
import { constraintErrors, hasTerms } from "../grants/index.ts";
import type { GivenGrants, TokenTerms } from "../grants/index.ts";

/** What of a body says which versions a token opens. */
export interface TermsInput {
  updates_until?: number | null | undefined;
  constraint?: string | null | undefined;
  stability?: string | null | undefined;
}

const FIELDS = ["updates_until", "constraint", "stability"] as const;

/** The terms after a body: what it does not name stays as it was. */
export function readTerms(input: TermsInput, before: TokenTerms, errors: FieldError[]): TokenTerms {
  errors.push(...constraintErrors(input.constraint));
  return {
    updatesUntil: input.updates_until === undefined ? before.updatesUntil : input.updates_until,
    constraint: input.constraint === undefined ? before.constraint : input.constraint,
    stability: input.stability === undefined ? before.stability : input.stability,
  };
}

/** Terms are of a token's own packages: where it has none they would say nothing, and somebody would rely on them. */
export function refuseIdleTerms(
  access: TokenAccess,
  given: Pick<GivenGrants, "patterns" | "terms">,
  input: TermsInput,
  errors: FieldError[],
): void {
  const named = FIELDS.filter((field) => input[field] !== undefined && input[field] !== null);
  if (access === "project") {
    const detail = "is not of a project token: it opens the versions that its customer's grants let through";
    errors.push(...named.map((field) => ({ pointer: `/${field}`, detail })));
  } else if (given.patterns.length === 0 && hasTerms(given.terms)) {
    const detail =
      "is about the packages of the token itself, which has none: name them in allowed_package_prefixes, or put this on the grants of its customer";
    errors.push(...named.map((field) => ({ pointer: `/${field}`, detail })));
  }
}
