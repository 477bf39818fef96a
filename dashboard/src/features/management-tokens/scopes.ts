export interface ScopeChoice {
  scope: string;
  /** What it allows, in a sentence without a full stop. */
  allows: string;
  /** What to think about before giving it away. */
  danger?: string;
}

/** What a shop's webhook needs: chosen before anybody chooses. */
export const USUAL_SCOPES: readonly ScopeChoice[] = [
  { scope: "tokens:write", allows: "Create, change and revoke customer tokens" },
  { scope: "tokens:read", allows: "List customer tokens" },
  { scope: "customers:read", allows: "Access customer information" },
];

/** All others, by noun. */
export const MORE_SCOPES: readonly { noun: string; scopes: readonly ScopeChoice[] }[] = [
  {
    noun: "Customers and grants",
    scopes: [
      { scope: "customers:write", allows: "Change customers, and revoke everything one has" },
      { scope: "grants:read", allows: "See what each customer bought and may install" },
      { scope: "grants:write", allows: "Give and take away what a customer may install, order by order" },
    ],
  },
  {
    noun: "Packages and sources",
    scopes: [
      { scope: "packages:read", allows: "List hosted packages and their versions" },
      { scope: "packages:write", allows: "Upload packages and correct release dates" },
      { scope: "sources:read", allows: "List repository sources and how their syncs went" },
      { scope: "sources:write", allows: "Add, change, sync and remove repository sources" },
    ],
  },
  {
    noun: "Watching",
    scopes: [
      { scope: "usage:read", allows: "Read figures: installs, downloads, sales, refusals" },
      { scope: "usage:write", allows: "Kept for later: no operation needs it yet" },
      { scope: "audit:read", allows: "Read, verify and export the audit log" },
      { scope: "audit:write", allows: "Kept for later: no operation needs it yet" },
    ],
  },
  {
    noun: "Scanners",
    scopes: [
      {
        scope: "leaks:write",
        allows: "Report credentials that were found in public, which ends them",
        danger: "Ends a token of any shop, for whoever knows its secret.",
      },
    ],
  },
  {
    noun: "Webhooks",
    scopes: [
      { scope: "webhooks:read", allows: "List webhooks, and what was sent to them" },
      { scope: "webhooks:write", allows: "Add, change, test and remove webhooks" },
    ],
  },
  {
    noun: "Administration",
    scopes: [
      { scope: "settings:read", allows: "Read the settings of this server" },
      {
        scope: "settings:write",
        allows: "Change the settings of this server",
        danger: "Changes what every customer sees, of all shops.",
      },
      { scope: "users:read", allows: "List the users of this dashboard" },
      {
        scope: "users:write",
        allows: "Invite, change and remove users of this dashboard",
        danger: "Whoever holds it can let themselves in as an admin.",
      },
      { scope: "management_tokens:read", allows: "List management tokens" },
      {
        scope: "management_tokens:write",
        allows: "Create, rotate and revoke management tokens",
        danger: "Whoever holds it can make further tokens that outlive this one.",
      },
    ],
  },
];

const ALL: readonly ScopeChoice[] = [...USUAL_SCOPES, ...MORE_SCOPES.flatMap((group) => group.scopes)];

export function describeScope(scope: string): string | undefined {
  return ALL.find((choice) => choice.scope === scope)?.allows;
}

/** The chosen scopes that deserve a second thought. */
export function dangersOf(scopes: ReadonlySet<string>): ScopeChoice[] {
  return ALL.filter((choice) => choice.danger !== undefined && scopes.has(choice.scope));
}

/** In the order of the form, whatever order they were ticked in. */
export function inOrder(scopes: ReadonlySet<string>): string[] {
  return ALL.map((choice) => choice.scope).filter((scope) => scopes.has(scope));
}
