interface EventGroup {
  /** Chooses all of them, those of later releases too. */
  pattern: string;
  name: string;
  events: readonly { type: string; when: string }[];
}

/** Every event there is, by what it is about. */
export const EVENT_GROUPS: readonly EventGroup[] = [
  {
    pattern: "token.*",
    name: "Tokens",
    events: [
      { type: "token.created", when: "A customer token was made" },
      { type: "token.updated", when: "Its expiry, packages, limit or description were changed" },
      { type: "token.rotated", when: "It got another secret" },
      { type: "token.revoked", when: "It was ended" },
      { type: "token.restored", when: "Its revocation was undone" },
      { type: "token.suspended", when: "It was closed for a while, by itself or with its customer or order" },
      { type: "token.resumed", when: "That ended" },
      { type: "token.expiring", when: "It ends in as many days as customers are reminded ahead" },
      { type: "token.expired", when: "Its end is past, and so are its days of grace" },
      { type: "token.moved", when: "A token went to another customer, or back" },
      { type: "token.leaked", when: "A secret of it was reported as found in public" },
      { type: "token.erased", when: "It was forgotten with its customer" },
      { type: "token.sharing_suspected", when: "It is used from more networks than one buyer has" },
      { type: "token.sharing_dismissed", when: "Somebody looked, and found nothing wrong with it" },
    ],
  },
  {
    pattern: "grant.*",
    name: "Grants",
    events: [
      { type: "grant.created", when: "An order line gives access to packages" },
      { type: "grant.updated", when: "It gives something else now: renewed, narrowed, frozen" },
      { type: "grant.expired", when: "Its end is past, and so are its days of grace" },
      { type: "grant.revoked", when: "It was cancelled" },
    ],
  },
  {
    pattern: "customer.*",
    name: "Customers",
    events: [
      { type: "customer.updated", when: "A customer’s e-mail address was changed" },
      { type: "customer.revoked", when: "Everything that a customer had was ended" },
      { type: "customer.restored", when: "A customer who was revoked was let in again" },
      { type: "customer.suspended", when: "Everything that a customer has was closed for a while" },
      { type: "customer.resumed", when: "That ended" },
      { type: "customer.transferred", when: "What a customer has went to somebody else" },
      { type: "customer.merged", when: "A customer was merged into another one" },
      { type: "customer.unmerged", when: "That was undone" },
      { type: "customer.erased", when: "A customer’s personal values were forgotten" },
    ],
  },
  {
    pattern: "order.*",
    name: "Orders",
    events: [
      { type: "order.revoked", when: "Everything of an order was ended by one call" },
      { type: "order.restored", when: "That was undone" },
      { type: "order.suspended", when: "Everything of an order was closed for a while" },
      { type: "order.resumed", when: "That ended" },
      { type: "order.moved", when: "An order went to another customer, or back" },
    ],
  },
  {
    pattern: "mail.*",
    name: "Mail",
    events: [{ type: "mail.failed", when: "A mail could not be handed over, and will not be tried again" }],
  },
  {
    pattern: "source.*",
    name: "Sources",
    events: [
      { type: "source.failing", when: "A source that was well cannot be synced" },
      { type: "source.recovered", when: "It can be synced again" },
      { type: "source.version_skipped", when: "A tag that looks like a release appeared, and nobody gets it" },
    ],
  },
  {
    pattern: "package.*",
    name: "Packages",
    events: [
      { type: "package.version_released", when: "A sync published a tagged version that is new" },
      { type: "package.renamed", when: "The repository of a package calls it something else now" },
    ],
  },
];

const GROUP_NAMES = new Map(EVENT_GROUPS.map(({ pattern, name }) => [pattern, name]));

/** "Every event", "Tokens, grant.revoked". */
export function eventsInWords(events: readonly string[]): string {
  if (events.includes("*")) return "Every event";
  return events.map((event) => GROUP_NAMES.get(event) ?? event).join(", ");
}

/** Without what another entry covers already. */
export function tidied(events: ReadonlySet<string>): string[] {
  if (events.has("*")) return ["*"];
  return EVENT_GROUPS.flatMap(({ pattern, events: types }) =>
    events.has(pattern) ? [pattern] : types.map(({ type }) => type).filter((type) => events.has(type)),
  );
}
