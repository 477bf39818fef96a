import { describe, expect, test } from "vitest";
import { commandLine } from "../modules/callers/index.ts";
import { createManagementToken } from "../modules/management-tokens/index.ts";
import { SCOPES } from "../modules/callers/index.ts";
import { testEngines } from "./database.ts";
import { hostPackage } from "./packages.ts";
import { sellToken } from "./sales.ts";
import { startTestServer } from "./test-server.ts";
import type { TestAnswer, TestServer } from "./test-server.ts";

interface Schema {
  $ref?: string;
  examples?: unknown[];
}

interface Operation {
  operationId: string;
  description: string;
  requestBody?: { content: Record<string, { schema: Schema }> };
  responses: Record<string, { content: Record<string, unknown> }>;
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
}

/** The only operations whose answer may hold a secret. */
const SHOWS_SECRET = new Set(["createToken", "rotateToken", "createManagementToken", "rotateManagementToken"]);
const SECRET = /pb[tm]_[0-9A-Za-z]{10,}/;

/** For each path with names in it, what fills them. A new path needs a line here. */
const FIXTURES: Record<string, (server: TestServer, owner: string) => Promise<Record<string, string>>> = {
  "/api/tokens/{id}": soldToken,
  "/api/tokens/{id}/rotate": soldToken,
  "/api/sources/{id}": hostedSource,
  "/api/sources/{id}/sync": hostedSource,
  "/api/sources/{id}/runs": hostedSource,
  "/api/packages/{vendor}/{name}": hostedVersion,
  "/api/packages/{vendor}/{name}/versions/{version}": hostedVersion,
  "/api/management-tokens/{id}": managementToken,
  "/api/management-tokens/{id}/rotate": managementToken,
};

async function soldToken(server: TestServer, owner: string): Promise<{ id: string }> {
  return { id: (await sellToken(server, owner)).id };
}

/** With a scope that whoever rotates it has too, and without a bound. */
async function managementToken(server: TestServer): Promise<{ id: string }> {
  const input = { name: "another", scopes: ["management_tokens:write"] };
  return { id: (await createManagementToken(server.core, commandLine, input)).id };
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

/** Where the example of the description would not do. */
const BODIES: Record<string, Record<string, unknown>> = {
  // Found by no name server, at once.
  createSource: { url: "https://git.invalid/acme/core.git", filters: ["acme/"] },
  createManagementToken: { name: "shop", scopes: ["management_tokens:write"] },
};

/** Belong to no shop: whoever has the scope sees them, within its bound. */
const OF_NO_SHOP = /\/api\/(?:sources|packages)\//;

const ALL = { scopes: [...SCOPES] };

async function setUp(server: TestServer): Promise<{ owner: string; calls: Call[] }> {
  const owner = await server.createManagementToken({ name: "owner", ...ALL });
  const document = (await server.api("GET", "/api/openapi.json", undefined)).json() as Document;
  const calls: Call[] = [];
  for (const [template, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const fixture = FIXTURES[template];
      if (fixture === undefined && template.includes("{")) throw new Error(`FIXTURES needs a line for ${template}`);
      const names = (await fixture?.(server, owner)) ?? {};
      const path = template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => names[name] ?? "");
      const body = BODIES[operation.operationId] ?? exampleBody(document, operation);
      calls.push({ label: `${method} ${template}`, method: method.toUpperCase(), path, body, operation });
    }
  }
  expect(calls.length).toBeGreaterThanOrEqual(5);
  return { owner, calls };
}

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
    expect(answer.json(), label).toMatchObject({
      type: "about:blank",
      status: answer.status,
      title: expect.any(String) as unknown,
    });
  }
  if (answer.status >= 300 || !SHOWS_SECRET.has(operation.operationId)) expect(answer.text, label).not.toMatch(SECRET);
}

const everyTable = [
  ...(["tokens", "grants", "customers", "management_tokens", "rotated_secrets"] as const),
  ...(["packages", "versions", "audit_events", "idempotency_keys"] as const),
];

/** Everything a call could change; not when a management token was last used. */
async function stateOf(server: TestServer): Promise<string> {
  const tables = [];
  for (const table of everyTable) {
    const rows = await server.core.database.db.selectFrom(table).selectAll().execute();
    tables.push(
      rows
        .map((row) => JSON.stringify({ ...row, last_used_at: null, sequence: null, chain_mac: null, sealed_at: null }))
        .sort(),
    );
  }
  // The scheduler goes on working meanwhile.
  const sources = server.core.database.db.selectFrom("sources");
  tables.push(await sources.select(["id", "name", "filters", "sealed_password", "removed_at"]).orderBy("id").execute());
  return JSON.stringify(tables);
}

// Every operation, also those that are not written yet: whoever adds one gets these for nothing.
describe.each(testEngines)("every operation of openapi.json on %s", (engine) => {
  test("is 401 without a credential, before anything of the request is read", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    const before = await stateOf(server);
    for (const call of calls) {
      for (const body of call.body === undefined ? [undefined] : [call.body, "{ not json", {}]) {
        for (const query of ["", "?nonsense=1"]) {
          const answer = await server.api(call.method, call.path + query, undefined, body);
          expect(answer.json(), call.label).toMatchObject({ status: 401, code: "auth.missing" });
          expect(answer.headers.get("www-authenticate"), call.label).toBe("Bearer");
          expectOrdinary(answer, call);
        }
      }
    }
    expect(await stateOf(server)).toBe(before);
  });

  test("is 403 that names the scope, which is the one its description names, and is enough", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    for (const call of calls) {
      const needed = /Needs the scope `([a-z_]+:\w+)`\.$/.exec(call.operation.description)?.[1] ?? "none";
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
      expect(await stateOf(server), call.label).toBe(before);
      const enough = await server.createManagementToken({ scopes: [needed] });
      const answer = await server.api(call.method, call.path, enough, call.body);
      expect(answer.status, call.label).toBeLessThan(300);
      expectOrdinary(answer, call);
    }
  });

  test("is 400 that names an unknown field or parameter, and changes nothing", async () => {
    await using server = await startTestServer(engine);
    const { owner, calls } = await setUp(server);
    const before = await stateOf(server);
    for (const call of calls) {
      const query = await server.api(call.method, `${call.path}?dry_run=1`, owner, call.body);
      expect(query.json(), call.label).toMatchObject({ status: 400, errors: [{ pointer: "?dry_run" }] });
      expectOrdinary(query, call);
      if (call.body === undefined) continue;
      const field = await server.api(call.method, call.path, owner, { ...call.body, dry_run: true });
      expect(field.json(), call.label).toMatchObject({ status: 400, errors: [{ pointer: "/dry_run" }] });
      expectOrdinary(field, call);
      for (const body of ["{ not json", "[]", "null", '"text"', "1"]) {
        const broken = await server.api(call.method, call.path, owner, body);
        expect(broken.status, `${call.label} ${body}`).toBe(400);
        expectOrdinary(broken, call);
      }
    }
    expect(await stateOf(server)).toBe(before);
  });

  test("on something of another shop, or outside the caller's bound, is 404 and changes nothing", async () => {
    await using server = await startTestServer(engine);
    const { calls } = await setUp(server);
    const foreign = await server.createManagementToken({ shop: "foreign", ...ALL });
    const bounded = await server.createManagementToken({ prefixes: ["acme/"], ...ALL });
    const before = await stateOf(server);
    for (const call of calls) {
      if (!call.label.includes("{")) continue;
      for (const caller of OF_NO_SHOP.test(call.label) ? [bounded] : [foreign, bounded]) {
        const answer = await server.api(call.method, call.path, caller, call.body);
        expect(answer.json(), call.label).toMatchObject({ status: 404, code: "resource.not_found" });
        expectOrdinary(answer, call);
      }
    }
    expect(await stateOf(server)).toBe(before);
  });
});
