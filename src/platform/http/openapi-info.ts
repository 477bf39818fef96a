export const DESCRIPTION = `Sell access to a private Composer repository: create, list, change and revoke customer tokens.

All times are Unix seconds. In a request, \`null\` means the same as leaving a field out; unknown fields and unknown,
empty or repeated query parameters are refused. Every refusal is \`application/problem+json\` (RFC 9457); each operation
names the codes it can give, and a known path that is called with another method is 405 \`request.method_not_allowed\`.

Ids in an address are percent-encoded (\`rawurlencode\` in PHP, \`encodeURIComponent\` in JavaScript).

A management token, and a session, may make 600 requests a minute unless the server is told otherwise: \`RateLimit-Policy\`
and \`RateLimit\` say what is left, and 429 has \`Retry-After\`. Past it sales wait for up to 20 seconds instead; whatever
ends something, and the list of a customer's or an order's tokens, has a limit of its own, 6,000 a minute. What waited in
vain is 503 \`request.too_many_waiting\` with \`Retry-After\`.

What is stable, and how something is taken away, is written down under \`/docs/reference/versioning\`. \`GET /health\` and
\`GET /ready\` are for load balancers and no part of this description: they answer \`{"status":"ok"}\`, or 503.`;

/** Relative, so that the document is right wherever it is served; clients are told where the server is. */
export const SERVERS = [{ url: "/", description: "The server that serves this document" }];

interface Tag {
  name: string;
  description: string;
  /** Of the dashboard's own work: no shop and no script needs it. */
  isForDashboard?: boolean;
}

/** What operations are about, in the order in which a shop developer needs it. */
export const TAGS: readonly Tag[] = [
  { name: "tokens", description: "Customer tokens: what a buyer gives Composer to read packages." },
  { name: "grants", description: "What a customer holds, order by order, and why something can be installed or not." },
  { name: "customers", description: "The buyers, as their shop knows them, with everything that belongs to them." },
  { name: "orders", description: "What is done to everything of an order by one call: end, suspend, and back." },
  { name: "attention", description: "What needs somebody to look at it." },
  { name: "packages", description: "What is hosted, and who may install it." },
  { name: "usage", description: "What is requested and downloaded, by day, customer, token and package." },
  { name: "webhooks", description: "Events that this server sends to other systems, signed and repeated." },
  { name: "mails", description: "Mails to customers: what was sent, what failed, how they read." },
  { name: "audit", description: "Who did what and when, in a chain that can be verified." },
  { name: "sources", description: "The git repositories the packages come from, and how they are read." },
  { name: "shops", description: "Name spaces of customers: a management token belongs to one." },
  { name: "management tokens", description: "Credentials for this API, each with its scopes and its package bound." },
  { name: "leaks", description: "Credentials that somebody found in public, reported to be ended." },
  { name: "settings", description: "What is set for the whole server, and what a page for buyers may know of it." },
  { name: "users", description: "Who may log in to the dashboard, and in what role.", isForDashboard: true },
  { name: "invitations", description: "Links by which a new user chooses a password.", isForDashboard: true },
  { name: "session", description: "Logging in to the dashboard, and out of it.", isForDashboard: true },
  { name: "account", description: "What logged-in users change of their own account.", isForDashboard: true },
  { name: "password resets", description: "Links by which a user gets a new password.", isForDashboard: true },
  { name: "set-up", description: "The first owner of a new server.", isForDashboard: true },
];

export const SECURITY_SCHEMES = {
  managementToken: {
    type: "http",
    scheme: "bearer",
    description: "A management token: `Authorization: Bearer pbm_…`",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: "__Host-package_broker_session",
    description:
      "A user of the dashboard, who logged in with `POST /api/session`. Whatever is not a GET needs the header `X-CSRF-Token` too. Over plain HTTP the cookie is called `package_broker_session`.",
  },
} as const;
