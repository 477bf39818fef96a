import type { TokenAccess } from "../../schema.ts";
import { EVERYTHING_PATTERN, graceUntil, hasEnded, isInGrace } from "../grants/index.ts";
import type { GivenGrants } from "../grants/index.ts";
import { restorableUntil } from "./revocation.ts";
import type { TokenRow } from "./token-queries.ts";
import type { MetadataValue } from "./token-metadata.ts";

export type TokenStatus = "active" | "suspended" | "expired" | "revoked";

/** What suspends a token, and since when; they do not undo each other. */
export type Suspensions = Partial<Record<Suspender, number>>;
export type Suspender = (typeof SUSPENDERS)[number];

/** In the order in which they are shown. */
export const SUSPENDERS = ["token", "customer", "order"] as const;

/** A token as the API shows it: the fields of the spec first, never the secret. */
export interface PresentedToken {
  id: string;
  description: string;
  permissions: "readonly";
  expires_at: number | null;
  created_at: number;
  last_used_at: number | null;
  status: TokenStatus;
  /** For how long it goes on after `expires_at`, which stays as it was told. */
  grace_days: number;
  grace_until: number | null;
  in_grace: boolean;
  allowed_package_prefixes: string[] | null;
  /** Which versions of those: of all that are its own. */
  updates_until: number | null;
  constraint: string | null;
  stability: string | null;
  /** Packages that were granted along with them. */
  dependencies: string[];
  rate_limit_max: number | null;
  metadata: Record<string, MetadataValue>;
  access: TokenAccess;
  /** Whether its customer is mailed what becomes of it. */
  notify: boolean;
  shop: string;
  last_four: string;
  updated_at: number;
  revoked_at: number | null;
  /** Since when it opens nothing, until it is resumed. */
  suspended_at: number | null;
  suspended_by: Suspender[];
  /** Until when its revocation can be taken back by itself; null: it cannot, or it is not revoked. */
  restorable_until: number | null;
}

/** The end of a line is not that of the token that was sold with it. */
export function statusOf(
  row: Pick<TokenRow, "expires_at" | "grace_days" | "revoked_at" | "suspended_at" | "order_line">,
  now: number,
): TokenStatus {
  if (row.revoked_at !== null) return "revoked";
  if (row.suspended_at !== null) return "suspended";
  return row.order_line === null && hasEnded(row, now) ? "expired" : "active";
}

export function readSuspensions({ suspensions }: Pick<TokenRow, "suspensions">): Suspensions {
  return suspensions === null ? {} : (JSON.parse(suspensions) as Suspensions);
}

export function suspendersOf(row: Pick<TokenRow, "suspensions">): Suspender[] {
  const suspensions = readSuspensions(row);
  return SUSPENDERS.filter((suspender) => suspensions[suspender] !== undefined);
}

/** `given` is what it was given itself, as `readGivenGrants` reads it. */
export function presentToken(row: TokenRow, given: GivenGrants, now: number): PresentedToken {
  const { patterns, terms, dependencies } = given;
  const status = statusOf(row, now);
  return {
    id: row.id,
    description: row.description,
    permissions: "readonly",
    expires_at: row.expires_at,
    created_at: row.created_at,
    last_used_at: row.last_used_at,
    status,
    grace_days: row.grace_days,
    grace_until: graceUntil(row.expires_at, row.grace_days),
    in_grace: status === "active" && isInGrace(row, now),
    allowed_package_prefixes: patterns.includes(EVERYTHING_PATTERN) ? null : patterns,
    updates_until: terms.updatesUntil,
    constraint: terms.constraint,
    stability: terms.stability,
    dependencies,
    rate_limit_max: row.rate_limit_max,
    metadata: JSON.parse(row.metadata) as Record<string, MetadataValue>,
    access: row.access,
    notify: row.notify === 1,
    shop: row.shop,
    last_four: row.last_four,
    updated_at: row.updated_at,
    revoked_at: row.revoked_at,
    suspended_at: row.suspended_at,
    suspended_by: suspendersOf(row),
    restorable_until: restorableUntil(row, now),
  };
}

/** What an audit record may hold of a token: settings, no person. */
export function auditableToken(presented: PresentedToken): Record<string, unknown> {
  const { expires_at, allowed_package_prefixes, rate_limit_max, access, notify, status } = presented;
  return { expires_at, allowed_package_prefixes, ...termsToTell(presented), rate_limit_max, access, notify, status };
}

/** Only where there are any: most tokens open every version, and records are kept for years. */
function termsToTell({
  grace_days,
  updates_until,
  constraint,
  stability,
  dependencies,
}: PresentedToken): Record<string, unknown> {
  const terms = { updates_until, constraint, stability, grace_days: grace_days === 0 ? null : grace_days };
  const told: Record<string, unknown> = Object.fromEntries(Object.entries(terms).filter(([, value]) => value !== null));
  return dependencies.length === 0 ? told : { ...told, dependencies };
}

/** What identifies a person in a token; goes beside the audit record, never into it. */
export function personalValues(presented: PresentedToken): Record<string, unknown> {
  return { description: presented.description, metadata: presented.metadata };
}
