import { generate } from "otplib";
import { describe, expect, test } from "vitest";
import { raiseAttention } from "../modules/attention/index.ts";
import { commandLine } from "../modules/callers/index.ts";
import { createManagementToken } from "../modules/management-tokens/index.ts";
import { SCOPES, SCOPES_BY_ROLE } from "../modules/callers/index.ts";
import type { Role, Scope } from "../modules/callers/index.ts";
import { addTestPasskey, createAuthenticator, passkeyOptions } from "./authenticator.ts";
import { testEngines } from "./database.ts";
import { readOpenApi } from "./openapi-document.ts";
import { hostPackage } from "./packages.ts";
import { sellToken } from "./sales.ts";
import { startTestServer } from "./test-server.ts";
import type { TestAnswer, TestServer } from "./test-server.ts";
import { TEST_PASSWORD, createTestUser, logIn } from "./users.ts";
import type { TestSession } from "./users.ts";

interface Schema {
  $ref?: string;
  examples?: unknown[];
}

interface Operation {
  operationId: string;
  parameters?: { name: string }[];
  description: string;
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content: Record<string, { examples?: object }> }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** One operation of openapi.json, ready to be called. */
interface Call {
  label: string;
  method: string;
  /** With its names filled in by something that exists. */
  path: string;
  body: Record<string, unknown> | undefined;
  operation: Operation;
  /** Who may call it, by the last sentence of its description. */
  needs: Scope | "open" | "session";
}

/** The only operations whose answer may hold a secret. */
const SHOWS_SECRET = new Set([
  ...[
    "createToken",
    "rotateToken",
    "transferCustomer",
    "joinGuest",
    "mergeCustomers",
    "moveToken",
    "moveOrder",
    "undoMove",
    "createManagementToken",
    "rotateManagementToken",
  ],
  ...["createWebhook", "rotateWebhookSecret"],
]);
const SECRET = /(?:pb[tm]|whsec)_[0-9A-Za-z+/]{10,}/;

/** For each path with names in it, what fills them. A new path needs a line here. */
const FIXTURES: Record<string, (server: TestServer, owner: string) => Promise<Record<string, string>>> = {
  "/api/tokens/{id}": soldToken,
  "/api/tokens/{id}/renew": soldToken,
  "/api/tokens/{id}/rotate": soldToken,
  "/api/sharing-signals/{token_id}": sharedToken,
  "/api/attention/{id}/dismiss": attentionEntry,
  "/api/attention/{id}/confirm": anotherAddress,
  "/api/customers/{customer_id}": customer,
  "/api/customers/{customer_id}/tokens": customer,
  "/api/customers/{customer_id}/grants": customer,
  "/api/customers/{customer_id}/history": customer,
  "/api/customers/{customer_id}/usage": customer,
  "/api/customers/{customer_id}/revoke": customer,
  "/api/customers/{customer_id}/restore": customer,
  "/api/customers/{customer_id}/transfer": customer,
  "/api/customers/{customer_id}/erase": customer,
  "/api/customers/{customer_id}/export": customer,
  "/api/customers/{customer_id}/merge": mergeable,
  "/api/customers/{customer_id}/merge/preview": mergeable,
  "/api/customers/{customer_id}/moves": customer,
  "/api/customers/{customer_id}/join-code": guest,
  "/api/customers/{customer_id}/join": joiningGuest,
  "/api/moves/{id}/undo": merge,
  "/api/tokens/{id}/move": soldToken,
  "/api/tokens/{id}/move/preview": soldToken,
  "/api/tokens/{id}/convert": tokenOfCustomer,
  "/api/tokens/{id}/convert/preview": tokenOfCustomer,
  "/api/orders/{order_id}/move": soldOrder,
  "/api/orders/{order_id}/move/preview": soldOrder,
  "/api/tokens/{id}/restore": soldToken,
  "/api/tokens/{id}/suspend": soldToken,
  "/api/tokens/{id}/resume": soldToken,
  "/api/orders/{order_id}/revoke": orderOf42,
  "/api/orders/{order_id}/restore": orderOf42,
  "/api/orders/{order_id}/suspend": orderOf42,
  "/api/orders/{order_id}/resume": orderOf42,
  "/api/customers/{customer_id}/suspend": customer,
  "/api/customers/{customer_id}/resume": customer,
  "/api/tokens/{id}/erase": soldToken,
  "/api/tokens/{id}/export": soldToken,
  "/api/customers/{customer_id}/grants/{shop}/{order_id}": grantLine,
  "/api/customers/{customer_id}/grants/{shop}/{order_id}/{line}": grantLine,
  "/api/customers/{customer_id}/grants/{shop}/{order_id}/{line}/renew": grantLine,
  "/api/shops/{shop}": () => Promise.resolve({ shop: "default" }),
  "/api/sources/{id}": hostedSource,
  "/api/sources/{id}/sync": hostedSource,
  "/api/sources/{id}/runs": hostedSource,
  "/api/sources/{id}/progress": hostedSource,
  "/api/sources/{id}/removal": hostedSource,
  "/api/packages/{vendor}/{name}": hostedVersion,
  "/api/packages/{vendor}/{name}/access": hostedVersion,
  "/api/packages/{vendor}/{name}/versions/{version}": hostedVersion,
  "/api/management-tokens/{id}": managementToken,
  "/api/management-tokens/{id}/rotate": managementToken,
  "/api/webhooks/{id}": webhook,
  "/api/webhooks/{id}/rotate-secret": webhook,
  "/api/webhooks/{id}/test": webhook,
  "/api/webhooks/{id}/deliveries": webhook,
  "/api/webhooks/{id}/deliveries/{delivery}/replay": delivery,
  "/api/mails/{id}/retry": failedMail,
  "/api/mail-templates/{kind}/preview": () => Promise.resolve({ kind: "ready" }),
  "/api/mail-templates/{kind}/preview.html": () => Promise.resolve({ kind: "ready" }),
  "/api/mail-templates/{kind}/test": () => Promise.resolve({ kind: "ready" }),
  "/api/users/{id}": dashboardUser,
  "/api/users/{id}/sessions": dashboardUser,
  "/api/users/{id}/totp": dashboardUser,
  "/api/users/{id}/password-reset": dashboardUser,
  // Of the session that calls: OF_SESSION has it.
  "/api/account/passkeys/{id}": () => Promise.resolve({ id: "passkey_unknown" }),
  "/api/account/sessions/{id}": () => Promise.resolve({ id: "sess_unknown" }),
};

/** Operations on the caller's own account that need something first: what, and the body or path that follows from it. */
const OF_SESSION: Record<string, (server: TestServer, session: TestSession) => Promise<Partial<Call>>> = {
  endOwnSession: (_server, { id }) => Promise.resolve({ path: `/api/account/sessions/${id}` }),
  confirmTotp: beginTotp,
  async addPasskey(server, session) {
    const response = createAuthenticator(server.core.config.publicUrl).register(await passkeyOptions(session));
    return { body: { name: "Laptop", response } };
  },
  renamePasskey: ownPasskey,
  removePasskey: ownPasskey,
  beginPasskeyStepUp: async (server, session) => {
    await addTestPasskey(server, session);
    return {};
  },
  async renewRecoveryCodes(server, session) {
    const { body } = await beginTotp(server, session);
    expect((await session.api("POST", "/api/account/totp/confirm", body)).status).toBe(200);
    return {};
  },
};

async function ownPasskey(server: TestServer, session: TestSession): Promise<Partial<Call>> {
  return { path: `/api/account/passkeys/${(await addTestPasskey(server, session)).id}` };
}

async function beginTotp(server: TestServer, session: TestSession): Promise<Partial<Call>> {
  const answer = await session.api("POST", "/api/account/totp", { current_password: TEST_PASSWORD });
  const { secret } = answer.json() as { secret: string };
  return { body: { code: await generate({ secret, epoch: Math.floor(server.clock.nowMs() / 1000) }) } };
}

async function dashboardUser(server: TestServer): Promise<{ id: string }> {
  return { id: (await createTestUser(server, { role: "viewer" })).id };
}

async function soldToken(server: TestServer, owner: string): Promise<{ id: string }> {
  return { id: (await sellToken(server, owner)).id };
}

async function tokenOfCustomer(server: TestServer, owner: string): Promise<{ id: string }> {
  return { id: (await sellToken(server, owner, { metadata: { customer_id: `customer-${customers++}` } })).id };
}

/** Used from more networks than is usual. */
async function sharedToken(server: TestServer, owner: string): Promise<{ token_id: string }> {
  const { id } = await sellToken(server, owner);
  await server.core.database.db
    .insertInto("token_sharing")
    .values({
      ...{ token: id, suspected_at: Math.floor(server.clock.nowMs() / 1000), networks: 41, days: 7 },
      ...{ dismissed_at: null, accepted_networks: null },
    })
    .execute();
  return { token_id: id };
}

/** With a scope that whoever rotates it has too, and without a bound. */
async function managementToken(server: TestServer): Promise<{ id: string }> {
  const input = { name: "another", scopes: ["management_tokens:write"] };
  return { id: (await createManagementToken(server.core, commandLine, input)).id };
}

let customers = 0;

/** About a token for everything, which is outside of any bound. */
async function attentionEntry(server: TestServer, owner: string): Promise<{ id: string }> {
  const { clock, database } = server.core;
  const { id: token } = await sellToken(server, owner);
  await database.transaction((trx) =>
    raiseAttention({ clock }, trx, {
      ...{ kind: "order.paid_after_end", shop: "default", customer: null },
      ...{ subject: { kind: "token", id: token }, details: { order_id: "1001" } },
    }),
  );
  const { id } = await database.db.selectFrom("attention_entries").select("id").executeTakeFirstOrThrow();
  return { id };
}

/** Asks whether a sale with another address was the same person's; its token is for everything. */
async function anotherAddress(server: TestServer): Promise<{ id: string }> {
  const shop = await server.createManagementToken({ credential: "customer" });
  const customer_id = `customer-${customers++}`;
  for (const customer_email of ["jane@example.com", "jane@example.org"]) {
    await sellToken(server, shop, { metadata: { customer_id, customer_email, order_id: customer_email } });
  }
  const entries = server.core.database.db.selectFrom("attention_entries").select("id");
  return await entries.where("kind", "=", "customer.another_address").executeTakeFirstOrThrow();
}

/** With a token for everything, which is outside of any bound. */
async function customer(server: TestServer, owner: string): Promise<{ customer_id: string }> {
  const customer_id = `customer-${customers++}`;
  await sellToken(server, owner, { metadata: { customer_id } });
  return { customer_id };
}

async function guest(server: TestServer, owner: string): Promise<{ customer_id: string }> {
  const email = `guest-${customers++}@example.com`;
  const made = (await server.api("POST", "/api/guests", owner, { email })).json() as { customer_id: string };
  await sellToken(server, owner, { metadata: { customer_id: made.customer_id } });
  return { customer_id: made.customer_id };
}

async function joiningGuest(server: TestServer, owner: string): Promise<{ customer_id: string; into: string }> {
  const { customer_id: into } = await customer(server, owner);
  return { ...(await guest(server, owner)), into };
}

async function mergeable(server: TestServer, owner: string): Promise<{ customer_id: string; into: string }> {
  const { customer_id: into } = await customer(server, owner);
  return { ...(await customer(server, owner)), into };
}

async function merge(server: TestServer, owner: string): Promise<{ id: string }> {
  const { customer_id, into } = await mergeable(server, owner);
  const answer = await server.api("POST", `/api/customers/${customer_id}/merge`, owner, { into });
  return { id: (answer.json() as { move: string }).move };
}

async function soldOrder(server: TestServer, owner: string): Promise<Record<string, string>> {
  // The buyer whom the example of the body names.
  const order_id = `order-${customers++}`;
  await sellToken(server, owner, { metadata: { customer_id: "42", order_id } });
  return { order_id };
}

/** Of a package outside of any bound. */
async function orderOf42(server: TestServer, owner: string): Promise<Record<string, string>> {
  // The buyer whom the example of the body names.
  const order_id = `order-${customers++}`;
  await sellToken(server, owner, { metadata: { customer_id: "42", order_id } });
  return { order_id };
}

async function grantLine(server: TestServer, owner: string): Promise<Record<string, string>> {
  const names = { customer_id: `customer-${customers++}`, shop: "default", order_id: "order", line: "1" };
  const path = `/api/customers/${names.customer_id}/grants/default/order/1`;
  const answer = await server.api("PUT", path, owner, { package: "other/sold", occurred_at: 1_700_000_000 });
  expect(answer.status, answer.text).toBe(201);
  return names;
}

/** Where nothing is, as a name server says at once. */
const WEBHOOK = { url: "https://hooks.invalid/", events: ["*"] };

async function webhook(server: TestServer, owner: string): Promise<{ id: string }> {
  return (await server.api("POST", "/api/webhooks", owner, WEBHOOK)).json() as { id: string };
}

/** About a token for everything, and of which everything is known still. */
async function failedMail(server: TestServer, owner: string): Promise<{ id: string }> {
  const token = await soldToken(server, owner);
  const { db } = server.core.database;
  const id = `mail_${token.id.slice("token_".length)}`;
  const times = { created_at: 1, finished_at: 1, expires_at: null, days_ahead: null, order_id: null, line: null };
  const resting = { attempts: 1, next_attempt_at: null, claimed_by: null, claimed_until: null, detail: null };
  const whose = { shop: "default", token: token.id, customer: null, recipient: "jane@example.com" };
  const address = JSON.stringify({ customer_email: "jane@example.com" });
  await db.updateTable("tokens").set({ metadata: address }).where("id", "=", token.id).execute();
  await db
    .insertInto("customer_mails")
    .values({ id, cause: id, kind: "renewed", state: "failed", sealed_secret: null, ...whose, ...times, ...resting })
    .execute();
  return { id };
}

/** One that has ended, and can be replayed. */
async function delivery(server: TestServer, owner: string): Promise<{ id: string; delivery: string }> {
  const { id } = await webhook(server, owner);
  const sent = (await server.api("POST", `/api/webhooks/${id}/test`, owner)).json() as { id: string };
  for (const enabled of [false, true]) await server.api("PATCH", `/api/webhooks/${id}`, owner, { enabled });
  return { id, delivery: sent.id };
}

let hosted = 0;

/** Takes every package, which is outside of any bound; never due by itself. */
async function hostedSource(server: TestServer): Promise<{ id: string }> {
  const packageId = await hostPackage(server.core.database, `other/package-${hosted++}`, ["1.0.0"]);
  const { db } = server.core.database;
  const row = await db.selectFrom("packages").select("source").where("id", "=", packageId).executeTakeFirstOrThrow();
  return { id: row.source ?? "" };
}

async function hostedVersion(server: TestServer): Promise<Record<string, string>> {
  const name = `package-${hosted++}`;
  await hostPackage(server.core.database, `other/${name}`, ["1.0.0"]);
  return { vendor: "other", name, version: "1.0.0" };
}

/** Operations that must be asked something: what. */
const QUERIES: Record<string, (server: TestServer, owner: string) => Promise<string>> = {
  explainAccess: async (server, owner) =>
    `?token_id=${(await soldToken(server, owner)).id}&package=acme/core&version=1.0.0`,
};

const withParameter = (path: string, parameter: string) => `${path}${path.includes("?") ? "&" : "?"}${parameter}`;

/** Where the example of the description would not do. */
const BODIES: Record<string, Record<string, unknown> | ((names: Record<string, string>) => Record<string, unknown>)> = {
  eraseCustomer: ({ customer_id: confirm }) => ({ confirm }),
  eraseToken: ({ id: confirm }) => ({ confirm }),
  mergeCustomers: ({ into }) => ({ into, rotate: false }),
  previewMerge: ({ into }) => ({ into }),
  joinGuest: ({ into }) => ({ customer_id: into, rotate: false }),
  moveToken: { customer_id: "new-owner", rotate: false },
  moveOrder: { to_customer_id: "new-owner", rotate: false },
  undoMove: { rotate: false },
  // With its buyer named, the ending of an order that nobody knows yet is remembered.
  revokeOrder: { reason: "refunded" },
  suspendOrder: { reason: "disputed" },
  updatePackage: { abandoned: true, renew_url: "https://acme.example/account" },
  // Found by no name server, at once.
  createSource: { url: "https://git.invalid/acme/core.git", filters: ["acme/"] },
  probeSource: { url: "https://git.invalid/acme/core.git", filters: ["acme/"] },
  createWebhook: WEBHOOK,
  updateWebhook: { description: "another" },
  createManagementToken: { name: "shop", scopes: ["management_tokens:write"] },
  // Whom an owner has to require it of is not asked of others while nothing changes.
  requireSecondFactor: { roles: [] },
};

/** Name an order by the caller's own shop: of one that is unknown there they ask whose it is. */
const ASKS_WHOSE = new Set(["revokeOrder", "suspendOrder"]);
/** All buyers of its shop read it, whatever the caller is kept to. */
const OUTSIDE_BOUND = { status: 403, code: "auth.outside_bound" };
const NOT_FOUND = { status: 404, code: "resource.not_found" };
const WHOSE = { status: 400, code: "request.invalid", errors: [{ pointer: "/customer_id" }] };

/** Belong to no shop: whoever has the scope sees them, within its bound. */
const OF_NO_SHOP = /\/api\/(?:sources|packages|users|mail-templates)\//;

const ALL = { scopes: [...SCOPES] };

async function setUp(server: TestServer): Promise<{ owner: string; calls: Call[] }> {
  const owner = await server.createManagementToken({ name: "owner", ...ALL });
  const document = await readOpenApi<Document>(server);
  const calls: Call[] = [];
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const fixture = FIXTURES[template];
      if (fixture === undefined && template.includes("{")) throw new Error(`FIXTURES needs a line for ${template}`);
      const names = (await fixture?.(server, owner)) ?? {};
      const query = (await QUERIES[operation.operationId]?.(server, owner)) ?? "";
      const path = template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => names[name] ?? "") + query;
      const given = BODIES[operation.operationId] ?? exampleBody(document, operation);
      const body = typeof given === "function" ? given(names) : given;
      const label = `${method} ${template}`;
      calls.push({ label, method: method.toUpperCase(), path, body, operation, needs: neededBy(operation) });
    }
  }
  expect(calls.length).toBeGreaterThanOrEqual(5);
  return { owner, calls };
}

function neededBy({ operationId, description }: Operation): Call["needs"] {
  if (description.endsWith("Open: needs no credential.")) return "open";
  if (description.endsWith("For a logged-in user.")) return "session";
  const scope = /Needs the scope `([a-z_]+:\w+)`\.$/.exec(description)?.[1];
  if (scope === undefined) throw new Error(`the description of ${operationId} does not say who may call it`);
  return scope as Scope;
}

const isForTokens = ({ needs }: Call) => needs !== "open" && needs !== "session";

function exampleBody(document: Document, operation: Operation): Record<string, unknown> | undefined {
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return undefined;
  const resolved = schema.$ref === undefined ? schema : document.components.schemas[schema.$ref.replace(/^.*\//, "")];
  const [example] = resolved?.examples ?? [];
  if (example === undefined) throw new Error(`the body of ${operation.operationId} has no example`);
  return example as Record<string, unknown>;
}

/** What holds for every answer, whatever was asked. */
function expectOrdinary(answer: TestAnswer, { label, operation }: Call): void {
  expect(answer.headers.get("cache-control"), label).toBe("no-store");
  expect(answer.headers.get("x-content-type-options"), label).toBe("nosniff");
  expect(answer.headers.get("x-request-id"), label).toMatch(/^req_/);
  const documented = operation.responses[answer.status]?.content;
  expect(documented, `${label} answers ${answer.status}, which openapi.json does not name`).toBeDefined();
  const [documentedType = ""] = Object.keys(documented ?? {});
  const type = documentedType === "application/json" ? "application/json; charset=utf-8" : documentedType;
  expect(answer.headers.get("content-type"), label).toBe(type);
  if (answer.status >= 400) expect(type, label).toBe("application/problem+json");
  if (answer.status >= 400) {
    const codes = Object.keys(documented?.["application/problem+json"]?.examples ?? {});
    expect(codes, `${label} answers a code that openapi.json does not name`).toContain(
      (answer.json() as { code: string }).code,
    );
    const { code } = answer.json() as { code: string };
    expect(answer.json(), label).toMatchObject({
      type: `/docs/reference/errors#${code}`,
      status: answer.status,
      title: expect.any(String) as unknown,
    });
  }
  if (answer.status >= 300 || !SHOWS_SECRET.has(operation.operationId)) expect(answer.text, label).not.toMatch(SECRET);
}

const everyTable = [
  ...(["tokens", "grants", "grant_lines", "customers", "management_tokens", "rotated_secrets"] as const),
  ...(["packages", "versions", "audit_events", "idempotency_keys"] as const),
  ...([
    "users",
    "user_recovery_codes",
    "passkeys",
    "spent_challenges",
    "sessions",
    "one_time_links",
    "settings",
    "login_failures",
    "webhooks",
    "customer_mails",
  ] as const),
];

/**
 * Everything a call could change, a line for each row; not when a management token was last used, nor what the server
 * does by itself meanwhile: it seals records and tells webhooks of ends.
 */
async function stateOf(server: TestServer): Promise<string[]> {
  const lines: string[] = [];
  for (const table of everyTable) {
    const rows = await server.core.database.db.selectFrom(table).selectAll().execute();
    for (const row of rows) {
      const sealed = { sequence: null, chain_mac: null, chain_key: null, sealed_at: null };
      const used = { last_used_at: null, last_used_address: null };
      const lasting = { ...row, ...used, ...sealed, expiring_told: null, expired_told: null };
      lines.push(`${table} ${JSON.stringify(lasting)}`);
    }
  }
  // The scheduler goes on working meanwhile.
  const sources = server.core.database.db.selectFrom("sources");
  for (const row of await sources.select(["id", "name", "filters", "sealed_password", "removed_at"]).execute()) {
    lines.push(`sources ${JSON.stringify(row)}`);
  }
  return lines.sort();
}

async function expectUnchanged(server: TestServer, before: readonly string[], label = ""): Promise<void> {
  const after = await stateOf(server);
  const gone = before.filter((line) => !after.includes(line));
  expect([gone, after.filter((line) => !before.includes(line))], label).toEqual([[], []]);
}

// Every operation, also those that are not written yet: whoever adds one gets these for nothing.
// There are many operations, and a log-in hashes a password.
/**
 * What a session alone must not be able to do, by the shape of an operation, so that a new one of the kind is asked
 * about here: people, credentials and where events go, and what takes personal data out or away.
 */
function isOfWeight({ needs, method, path, operation: { operationId } }: Call): boolean {
  if (/\/(?:erase|export)(?:\?|$)/.test(path) || operationId === "requireSecondFactor") return true;
  if (/^\/api\/account\/(?:totp|passkeys|password|recovery-codes)(?:\/|\?|$)/.test(path)) return method !== "GET";
  return method !== "GET" && ["users:write", "management_tokens:write", "webhooks:write"].includes(needs);
}

/** All that somebody may do before there is the second factor that their role must have. */
const LEADS_TO_SECOND_FACTOR = [
  ...["addPasskey", "beginPasskey", "beginPasskeyStepUp", "confirmTotp", "listPasskeys"],
  ...["readAccount", "startTotp", "stepUp"],
];

/** Of weight, and not asked about all the same: why. */
const NOT_ASKED: Record<string, string> = {
  changePassword: "asks for the password itself",
  startTotp: "asks for the password itself",
  confirmTotp: "only after startTotp, and with a code",
  disableTotp: "asks for the password itself",
  renewRecoveryCodes: "asks for the password itself",
  renamePasskey: "changes how it is called",
  revokeManagementToken: "ends something: nobody shall have to wait with it",
  endUserSessions: "ends something",
  removeWebhook: "ends something",
  testWebhook: "sends nothing of anybody to where events go already",
  replayWebhookDelivery: "sends what was sent there before",
};

describe.each(testEngines)("every operation of openapi.json on %s", { timeout: 60_000 }, (engine) => {
  test("is 401 without a credential, before anything of the request is read", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    const before = await stateOf(server);
    for (const call of calls) {
      if (call.needs === "open") continue;
      for (const body of call.body === undefined ? [undefined] : [call.body, "{ not json", {}]) {
        for (const path of [call.path, withParameter(call.path, "nonsense=1")]) {
          const answer = await server.api(call.method, path, undefined, body);
          expect(answer.json(), call.label).toMatchObject({ status: 401, code: "auth.missing" });
          expect(answer.headers.get("www-authenticate"), call.label).toBe("Bearer");
          expectOrdinary(answer, call);
        }
      }
    }
    await expectUnchanged(server, before);
  });

  test("is 403 that names the scope, which is the one its description names, and is enough", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    for (const call of calls.filter(isForTokens)) {
      const needed = call.needs;
      const others = ["tokens:read", "tokens:write", "customers:write", "settings:read"].filter(
        (scope) => scope !== needed,
      );
      const lacking = await server.createManagementToken({ scopes: others });
      const before = await stateOf(server);
      const refused = await server.api(
        call.method,
        call.path,
        lacking,
        call.body === undefined ? undefined : "{ not json",
      );
      expect(refused.json(), call.label).toMatchObject({
        ...{ status: 403, code: "auth.missing_scope", detail: `This management token lacks the scope ${needed}.` },
      });
      expectOrdinary(refused, call);
      await expectUnchanged(server, before, call.label);
      const enough = await server.createManagementToken({ scopes: [needed] });
      const answer = await server.api(call.method, call.path, enough, call.body);
      expect(answer.status, call.label).toBeLessThan(300);
      expectOrdinary(answer, call);
    }
  });

  test("is 400 that names an unknown field or parameter, and changes nothing", async () => {
    await using server = await startTestServer(engine);
    const { owner: secret, calls } = await setUp(server);
    const session = await logIn(server, { role: "owner" });
    const before = await stateOf(server);
    for (const call of calls) {
      const owner = isForTokens(call) ? secret : undefined;
      const own = call.needs === "session" ? { cookie: session.cookie, "x-csrf-token": session.csrf } : {};
      const query = await server.api(call.method, withParameter(call.path, "dry_run=1"), owner, call.body, own);
      expect(query.json(), call.label).toMatchObject({ status: 400, errors: [{ pointer: "?dry_run" }] });
      expectOrdinary(query, call);
      if (call.body === undefined) continue;
      // Of a list, in its first item.
      const isList = Array.isArray(call.body);
      const unknown = isList ? [{ ...(call.body["0"] as object), dry_run: true }] : { ...call.body, dry_run: true };
      const pointer = isList ? "/0/dry_run" : "/dry_run";
      const field = await server.api(call.method, call.path, owner, unknown, own);
      expect(field.json(), call.label).toMatchObject({ status: 400, errors: [{ pointer }] });
      expectOrdinary(field, call);
      for (const body of ["{ not json", "[1]", "null", '"text"', "1"]) {
        const broken = await server.api(call.method, call.path, owner, body, own);
        expect(broken.status, `${call.label} ${body}`).toBe(400);
        expectOrdinary(broken, call);
      }
    }
    await expectUnchanged(server, before);
  });

  test("on something of another shop, or outside the caller's bound, is 404 and changes nothing", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    const foreign = await server.createManagementToken({ shop: "foreign", ...ALL });
    const bounded = await server.createManagementToken({ prefixes: ["acme/"], ...ALL });
    const before = await stateOf(server);
    for (const call of calls) {
      if (!call.label.includes("{") || !isForTokens(call)) continue;
      for (const caller of OF_NO_SHOP.test(call.label) ? [bounded] : [foreign, bounded]) {
        const answer = await server.api(call.method, call.path, caller, call.body);
        const { operationId } = call.operation;
        const isOwnShop = operationId === "updateShop" && caller === bounded;
        const expected = ASKS_WHOSE.has(operationId) ? WHOSE : isOwnShop ? OUTSIDE_BOUND : NOT_FOUND;
        expect(answer.json(), call.label).toMatchObject(expected);
        expectOrdinary(answer, call);
      }
    }
    await expectUnchanged(server, before);
  });

  test("about one's own account is 403 for a management token, whatever its scopes", async () => {
    await using server = await startTestServer(engine);
    const { owner, calls } = await setUp(server);
    const before = await stateOf(server);
    for (const call of calls) {
      if (call.needs !== "session") continue;
      const answer = await server.api(call.method, call.path, owner, call.body);
      expect(answer.json(), call.label).toMatchObject({ status: 403, code: "auth.missing_scope" });
      expectOrdinary(answer, call);
    }
    await expectUnchanged(server, before);
  });

  // A cookie goes along with whatever a browser is made to send; the token and the origin show whose page sent it.
  test("that changes something is 403 with a session but without its X-CSRF-Token, or from another site's page", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    const { cookie, csrf } = await logIn(server, { role: "owner" });
    const other = await logIn(server, { role: "owner" });
    const before = await stateOf(server);
    const unsafe = calls.filter(({ method, needs }) => method !== "GET" && needs !== "open");
    expect(unsafe.length).toBeGreaterThan(20);
    for (const call of unsafe) {
      for (const headers of [
        {},
        { "x-csrf-token": "" },
        { "x-csrf-token": other.csrf },
        { "x-csrf-token": csrf, origin: "https://evil.example" },
        { "x-csrf-token": csrf, origin: "null" },
      ]) {
        const answer = await server.api(call.method, call.path, undefined, call.body, { cookie, ...headers });
        expect(answer.json(), call.label).toMatchObject({ status: 403, code: "auth.csrf" });
        expectOrdinary(answer, call);
      }
    }
    await expectUnchanged(server, before);
  });

  test.each(Object.keys(SCOPES_BY_ROLE) as Role[])(
    "is allowed to the role %s exactly when the role has the scope",
    { timeout: 120_000 },
    async (role) => {
      // Passkeys need a name.
      await using server = await startTestServer(engine, { PUBLIC_URL: "http://localhost:8080" });
      const { calls } = await setUp(server);
      for (const prepared of calls) {
        if (prepared.needs === "open") continue;
        const session = await logIn(server, { role });
        const call = { ...prepared, ...(await OF_SESSION[prepared.operation.operationId]?.(server, session)) };
        const label = `${role}: ${call.label}`;
        const before = await stateOf(server);
        const answer = await session.api(call.method, call.path, call.body);
        expectOrdinary(answer, call);
        if (call.needs === "session" || SCOPES_BY_ROLE[role].has(prepared.needs as Scope)) {
          expect(answer.status, `${label} ${answer.text}`).toBeLessThan(300);
        } else {
          const detail = `The role ${role} lacks ${call.needs}; ask an owner or admin.`;
          expect(answer.json(), label).toMatchObject({ status: 403, code: "auth.missing_scope", detail });
          await expectUnchanged(server, before, label);
        }
      }
    },
  );

  test("that is of weight is 403 for a session that proved ten minutes ago who it is, and no other is", async () => {
    await using server = await startTestServer(engine);
    const { owner, calls } = await setUp(server);
    const session = await logIn(server, { role: "owner" });
    server.clock.advanceSeconds(600);
    const asked: string[] = [];
    for (const call of calls) {
      if (call.needs === "open" || call.operation.operationId === "stepUp") continue;
      const isAsked = isOfWeight(call) && NOT_ASKED[call.operation.operationId] === undefined;
      const before = isAsked ? await stateOf(server) : [];
      // What is no JSON shows that it is asked before anything is read.
      const broken = call.body === undefined ? undefined : "{ not json";
      const path = isAsked ? call.path : withParameter(call.path, "nonsense=1");
      const answer = await session.api(call.method, path, broken);
      const told = isAsked ? { status: 403, code: "auth.step_up_required" } : { status: 400 };
      expect(answer.json(), call.label).toMatchObject(told);
      expectOrdinary(answer, call);
      if (!isAsked) continue;
      asked.push(call.operation.operationId);
      await expectUnchanged(server, before, call.label);
      if (!isForTokens(call)) continue;
      const byToken = await server.api(call.method, call.path, owner, broken);
      expect(byToken.text, call.label).not.toContain("auth.step_up_required");
    }
    expect(asked.length).toBeGreaterThanOrEqual(18);
    expect(Object.keys(NOT_ASKED).filter((id) => !calls.some((call) => call.operation.operationId === id))).toEqual([]);
  });

  test("is 403 for a user whose role must have a second factor and who has none, but what leads to one", async () => {
    await using server = await startTestServer(engine);
    const { owner, calls } = await setUp(server);
    const session = await logIn(server, { role: "owner" });
    const value = { name: "second_factor_roles", value: '["owner"]', updated_at: 1 };
    await server.core.database.db.insertInto("settings").values(value).execute();
    const open: string[] = [];
    for (const call of calls) {
      if (call.needs === "open") continue;
      const answer = await session.api(call.method, withParameter(call.path, "nonsense=1"), call.body);
      expectOrdinary(answer, call);
      const isOpen = (answer.json() as { code: string }).code !== "auth.second_factor_required";
      if (isOpen) open.push(call.operation.operationId);
      expect(answer.status, call.label).toBe(isOpen ? 400 : 403);
      if (!isForTokens(call)) continue;
      const byToken = await server.api(call.method, withParameter(call.path, "nonsense=1"), owner, call.body);
      expect(byToken.status, call.label).toBe(400);
    }
    expect(open.sort()).toEqual(LEADS_TO_SECOND_FACTOR);
  });

  // Inside the one transaction of a repeatable request a second connection would wait for ever, and everybody with it.
  test("that takes an Idempotency-Key answers a user's request with one, and replays it", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    const session = await logIn(server, { role: "owner" });
    const repeatable = calls.filter(({ operation }) =>
      operation.parameters?.some(({ name }) => name === "idempotency-key"),
    );
    expect(repeatable.length).toBeGreaterThanOrEqual(6);
    for (const call of repeatable) {
      const headers = { "idempotency-key": `again-${call.operation.operationId}` };
      const first = await session.api(call.method, call.path, call.body, headers);
      expect(first.status, `${call.label} ${first.text}`).toBeLessThan(300);
      const second = await session.api(call.method, call.path, call.body, headers);
      expect([second.status, second.text, second.headers.get("idempotency-replayed")], call.label).toEqual([
        ...[first.status, first.text, "true"],
      ]);
    }
  });
});
