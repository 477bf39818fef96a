import type { OpenAPIV3_1 } from "openapi-types";
import { schemasOf } from "./openapi-nodes.ts";
import type { Node } from "./openapi-nodes.ts";

/** What a field means wherever its own schema does not say; `Schema.field` where the name alone means several things. */
const MEANINGS: Record<string, string> = {
  action: "What was done",
  active: "How many are in force",
  actor: "Who did it",
  allowed: "Whether the answer is yes",
  applies: "Whether this grant lets the package through",
  attempts: "How often it was tried",
  branches: "How many branches",
  conflict: "What it cannot be installed beside, as in its composer.json",
  constraint: "Which versions, as Composer writes it; null: all",
  content: "The text itself, Markdown",
  count: "How often",
  csrf_token: "For the header `X-CSRF-Token`",
  customer_email: "The buyer's e-mail address, where the shop told it",
  customer_id: "The customer, as the shop calls them",
  customers: "How many customers",
  data: "What it is about, as at the time of the event",
  days_ahead: "Of a reminder: how many days before the end",
  default_branch: "The branch a clone begins with",
  detail: "The same in words",
  downloads: "Archives that were handed out",
  downloads_total: "Archives that were handed out to it, ever",
  duration_ms: "How long it took, in milliseconds",
  email: "The e-mail address",
  enabled: "Whether events are sent",
  errors: "Each wrong field, at most 20",
  events: "Which events are sent; `token.*`: all that begin so; `*`: all",
  expired: "How many have expired",
  failing: "How many cannot be read at the moment",
  filename: "The file's name in the repository",
  filter: "What the filters do to the package",
  html: "The mail as HTML",
  id: "Its id, for good",
  installs: "Installations that Composer reported, of archives from its own cache too",
  kind: "Of what kind",
  last_30_days: "Of the last 30 days, today included",
  last_7_days: "Of the last 7 days, today included",
  last_four: "The last four characters of the secret: how people tell tokens apart",
  limit: "How many requests an hour",
  line: "The line of the order",
  message: "What was done, for people",
  name: "Its name",
  networks: "From how many networks",
  order_id: "The order, as the shop calls it",
  outcome: "How it ended; null while it runs",
  package: "The name of the package",
  packages: "How many packages",
  password: "The password",
  permissions: "Always `readonly`: a customer token reads packages and nothing else",
  personal_values: "Personal details that are kept",
  problem: "Why",
  provide: "What it provides, as in its composer.json",
  reachable: "Whether it can be read",
  reason: "Why, for people; null where there is nothing to say",
  recipient: "Whom it went to",
  ref: "The tag or branch",
  refs: "What the repository has",
  refs_read: "How many tags and branches were read",
  refs_skipped: "How many were left out",
  refs_total: "How many tags and branches there are",
  releases: "When it was released, which took back nothing that was out by then",
  remaining: "How many are left",
  replace: "What it replaces, as in its composer.json",
  request_id: "Finds the request in the server's log",
  requests: "Requests of Composer with a valid token",
  requests_this_hour: "Of the hour that runs",
  requests_total: "Ever",
  require: "What it requires, as in its composer.json",
  "require-dev": "What it requires for development, as in its composer.json",
  requirements: "What its composer.json asks for and offers",
  revocations: "When it was revoked",
  revoked: "How many were revoked",
  scopes: "What it may do",
  session_id: "The session, as in the list of sessions",
  shop: "The shop",
  skipped: "Tags and branches that became no version, and why",
  source_ref: "The tag or branch it was read from",
  stability: "The least stability that is let through, or the version's own",
  state: "Where it stands",
  state_detail: "What that means, in words",
  status: "Where it stands",
  subject: "The mail's subject",
  suggest: "What it suggests, as in its composer.json",
  surface: "Where it was refused",
  suspended: "How many are closed for a while",
  syncing: "How many are being read at the moment",
  tags: "How many tags",
  target: "What it was done to",
  templates: "The kinds of mail",
  text: "The mail as plain text",
  title: "The status in words",
  to_customer_id: "Who has it from then on, as the shop calls them",
  today: "Of today, UTC",
  token_id: "The customer token",
  total: "How many in all",
  totp_enabled: "Whether log-in asks for a code too",
  type: "Of what type",
  url: "Its address",
  usage: "What was done with it",
  user: "Who is logged in",
  user_agent: "The browser, as it calls itself",
  username: "For git, where the host wants one",
  has_password: "Whether a password or key is stored",
  version: "The version, as its author wrote it",
  version_constraint: "Which versions, as Composer writes it; null: all",
  version_normalized: "The version as Composer compares it",
  versions: "How many versions, or the versions",
  versions_published: "How many versions are new or changed",
  versions_withdrawn: "How many versions are gone",
  why_not: "Why it does not apply; null where it does",
  with_dependencies: "Whether it opens what its packages require, too",
  withdrawn: "Whether its tag or branch is gone; what was installed by it still can be",
  would_skip_total: "How many would be left out",
  would_take_total: "How many versions there would be",
  description: "A note for people",
  access:
    "What it opens: `own`, its own prefixes; `customer`, what its customer holds; `project`, what it was given of that",
  tokens: "Customer tokens",
  token: "The customer token",
  days: "How many days were looked at",
  duplicate: "True: an earlier call made this token for the same order, and this one made nothing",
  "Package.description": "From its composer.json",
  "PackageDetail.description": "From its composer.json",
  "PackageAccess.access": "The tokens that may install it",
  "Package.type": "Composer's type of package",
  "PackageDetail.type": "Composer's type of package",
  "Source.type": "Always `git`",
  "SourceDetail.type": "Always `git`",
  "WebhookDelivery.type": "The event",
  "Problem.status": "The HTTP status",
  "Problem.detail": "For people: what is wrong and what to do",
};

/** Gives every field that says nothing of itself the meaning of its name. */
export function describeFields(document: OpenAPIV3_1.Document): void {
  for (const [name, schema] of Object.entries(schemasOf(document))) describeFieldsOf(schema, name);
  for (const path of Object.values(document.paths ?? {})) describeFieldsOf(path, "");
}

function describeFieldsOf(value: unknown, owner: string): void {
  if (typeof value !== "object" || value === null) return;
  const { properties } = value as { properties?: Record<string, Node> };
  for (const [name, field] of Object.entries(properties ?? {})) {
    const meaning = MEANINGS[`${owner}.${name}`] ?? MEANINGS[name];
    if (meaning !== undefined && typeof field === "object" && !isDescribed(field)) field["description"] = meaning;
  }
  for (const [key, nested] of Object.entries(value)) {
    if (key !== "example" && key !== "examples") describeFieldsOf(nested, owner);
  }
}

/** Whether a field says what it is, by itself or by the schema it names. */
export function isDescribed(field: Node): boolean {
  if (field["description"] !== undefined || field["$ref"] !== undefined) return true;
  const variants = [field["items"], ...((field["anyOf"] ?? field["oneOf"] ?? []) as Node[])] as (Node | undefined)[];
  return variants.some((variant) => variant !== undefined && (variant["$ref"] ?? variant["description"]) !== undefined);
}
