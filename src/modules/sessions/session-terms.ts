import { hasSecondFactor, isSecondFactorRequired } from "./second-factor-rule.ts";
import { endOf, provenUntil } from "./session-lifetime.ts";
import type { SessionLifetime } from "./session-lifetime.ts";
import type { SessionWithUser } from "./session-queries.ts";

/** How long a session lasts, and what it lacks, as its pages are told. */
export interface SessionTerms {
  expiresAt: number;
  provenUntil: number;
  lacksSecondFactor: boolean;
}

export function termsOf(row: SessionWithUser, lifetime: SessionLifetime): SessionTerms {
  return {
    expiresAt: endOf(row, lifetime),
    provenUntil: provenUntil(row),
    lacksSecondFactor: lacksSecondFactor(row),
  };
}

/** Whether the user's role must have a second factor, and the user has none: everything but setting one up waits. */
export function lacksSecondFactor(row: SessionWithUser): boolean {
  return isSecondFactorRequired(row.role, row.second_factor_roles) && !hasSecondFactor(row);
}
