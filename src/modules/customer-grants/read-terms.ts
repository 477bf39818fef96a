import { AppError, invalidFields } from "../../platform/errors.ts";
import type { FieldError } from "../../platform/errors.ts";
import type { Caller, SaleDefaults } from "../callers/index.ts";
import { constraintErrors, patternsOutsideBound, readPatterns } from "../grants/index.ts";
import type { CustomerBudgets } from "../grants/index.ts";
import type { SetGrantLineBody } from "./grant-schemas.ts";
import type { GrantTerms } from "./line-state.ts";

/** What a line is to grant, as it was sent; what it does not name is as in the setting. Throws `request.invalid`. */
export function readTerms(
  input: SetGrantLineBody,
  bySetting: SaleDefaults | undefined,
  budgets: CustomerBudgets,
): GrantTerms {
  const errors: FieldError[] = [];
  const { patterns, errors: wrong } = readPatterns(input.packages ?? [], "/packages");
  errors.push(...wrong);
  if (input.package !== null && input.package !== undefined) {
    const single = readPatterns([input.package], "/package");
    patterns.push(...single.patterns);
    // Its pointer names an entry of a list, which this is not.
    errors.push(...single.errors.map(({ detail }) => ({ pointer: "/package", detail })));
    if (input.packages) errors.push({ pointer: "/package", detail: "and /packages: send one of them" });
  } else if (!input.packages) {
    errors.push({ pointer: "/package", detail: "is missing: name what was sold, here or as a list in /packages" });
  }
  errors.push(...constraintErrors(input.constraint, budgets));
  const { starts_at: startsAt = null, expires_at: expiresAt = null } = input;
  if (startsAt !== null && expiresAt !== null && expiresAt <= startsAt) {
    errors.push({ pointer: "/expires_at", detail: "is not later than /starts_at" });
  }
  if (errors.length > 0) throw invalidFields(errors);
  return {
    patterns: patterns.sort(),
    constraint: input.constraint ?? null,
    stability: input.stability ?? bySetting?.stability ?? null,
    updatesUntil: input.updates_until ?? null,
    startsAt,
    expiresAt,
    graceDays: input.grace_days ?? bySetting?.graceDays ?? 0,
    withDependencies: input.with_dependencies ?? false,
  };
}

/** Nobody grants wider than their own bound. */
export function refuseOutsideBound(caller: Caller, input: SetGrantLineBody, { patterns }: GrantTerms): void {
  if (caller.packageBound === null) return;
  const outside = patternsOutsideBound(patterns, caller.packageBound);
  if (outside.length === 0) return;
  const pointer = input.packages ? "/packages" : "/package";
  const detail = `reaches past this management token, which may grant ${caller.packageBound.join(", ")}: ${outside.join(", ")}`;
  throw new AppError("auth.outside_bound", `${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}
