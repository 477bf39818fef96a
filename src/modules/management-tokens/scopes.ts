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

export type Scope = `${(typeof NOUNS)[number]}:${"read" | "write"}`;

export const SCOPES: readonly Scope[] = NOUNS.flatMap((noun) => [`${noun}:read`, `${noun}:write`] as const);

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}
