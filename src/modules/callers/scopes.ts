import type { UserRole } from "../../schema.ts";

/** Nouns of the Management API; each has a `read` and a `write` scope. */
const NOUNS = [
  "tokens",
  "customers",
  "grants",
  "sources",
  "packages",
  "audit",
  "usage",
  "webhooks",
  "settings",
  "users",
  "management_tokens",
] as const;

/** What is reported is never read here. */
const REPORTING = "leaks:write";

export type Scope = `${(typeof NOUNS)[number]}:${"read" | "write"}` | typeof REPORTING;

export const SCOPES: readonly Scope[] = [
  ...NOUNS.flatMap((noun) => [`${noun}:read`, `${noun}:write`] as const),
  REPORTING,
];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** Everything that reads, but what is about users, settings and credentials of shops. */
const READING = NOUNS.filter((noun) => !["users", "settings", "management_tokens"].includes(noun)).map(
  (noun) => `${noun}:read` as const,
);

/**
 * What a user of each role may do. Support answers buyers: it sees everything but settings, and changes customers,
 * their tokens and grants. An admin runs the place; only an owner touches other owners (`modules/users`).
 */
export const SCOPES_BY_ROLE: Readonly<Record<UserRole, ReadonlySet<Scope>>> = {
  owner: new Set(SCOPES),
  admin: new Set(SCOPES),
  support: new Set<Scope>([...READING, "customers:write", "tokens:write", "grants:write"]),
  viewer: new Set<Scope>(READING),
};
