import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { isDescribed } from "../../platform/http/openapi-fields.ts";
import { readOpenApi } from "../../testing/openapi-document.ts";
import { startTestServer } from "../../testing/test-server.ts";

/** The only answers that are not JSON, by the end of their path. */
const STREAMS: Record<string, string> = {
  "audit-events/export": "application/x-ndjson",
  "usage/export": "text/csv; charset=utf-8; header=present",
  "{id}/progress": "text/event-stream",
  "{kind}/preview.html": "text/html; charset=utf-8",
};

type Json = Record<string, unknown>;

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security?: Json[];
  parameters?: { name: string; in: string; description?: string; schema: Json }[];
  requestBody?: { content: Record<string, { schema: Json; example?: unknown }> };
  responses: Record<string, { description: string; headers?: Json; content: Record<string, { schema: Json }> }>;
}

interface Document {
  openapi: string;
  servers: { url: string }[];
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<"schemas" | "examples" | "responses" | "headers", Record<string, Json>>;
}

async function readAsServed(): Promise<Document> {
  await using server = await startTestServer("sqlite");
  const answer = await server.api("GET", "/api/openapi.json", undefined);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  return answer.json() as Document;
}

async function readDocument(): Promise<Document> {
  await using server = await startTestServer("sqlite");
  return await readOpenApi<Document>(server);
}

const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

/** Every object in a JSON value. */
function* objectsIn(value: unknown): Generator<Json> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Json;
  for (const nested of Object.values(value)) yield* objectsIn(nested);
}

// Refresh with: npx vitest run src/modules/status -u
test("openapi.json at the root of the repository is what the server serves (refresh: npx vitest run src/modules/status -u)", async () => {
  const options = await resolveConfig("openapi.json");
  const text = await format(JSON.stringify(await readAsServed()), { ...options, parser: "json" });
  await expect(text).toMatchFileSnapshot("../../../openapi.json");
});

test("names every path in full, from wherever it is served, and nothing that leads nowhere or is never used", async () => {
  const document = await readAsServed();
  expect(document.openapi).toBe("3.1.0");
  expect(document.servers.map(({ url }) => url)).toEqual(["/"]);
  for (const path of Object.keys(document.paths)) expect(path).toMatch(/^\/(api|hooks)\//);
  const references = [...objectsIn(document)]
    .map((object) => object["$ref"])
    .filter((value) => typeof value === "string");
  const parts = (["schemas", "examples", "responses", "headers"] as const).flatMap((kind) =>
    Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`),
  );
  expect(new Set(references)).toEqual(new Set(parts));
  for (const object of objectsIn(document))
    expect(Object.keys(object).filter((key) => key.startsWith("x-"))).toEqual([]);
});

test("lists what operations are about, described, the shop's own first", async () => {
  const document = await readAsServed();
  const used = operationsOf(document).flatMap(({ operation }) => operation.tags);
  const names = document.tags.map(({ name }) => name);
  expect(names.toSorted()).toEqual([...new Set(used)].sort());
  for (const { name, description } of document.tags) expect(description, name).toMatch(/^[A-Z].*\.$/);
  expect(document.tags.slice(0, 3).map(({ name }) => name)).toEqual(["tokens", "grants", "customers"]);
});

test("says the same refusal once, and every field by words or by the schema it names", async () => {
  const document = await readAsServed();
  for (const { path, method, operation } of operationsOf(document)) {
    for (const [status, response] of Object.entries(operation.responses)) {
      if (Number(status) < 400) continue;
      expect(response, `${method} ${path} ${status}`).toEqual({
        $ref: expect.stringMatching(/^#\/components\/responses\/[A-Za-z]+$/) as unknown,
      });
    }
  }
  const undescribed = [...objectsIn([document.paths, document.components.schemas])].flatMap(({ properties }) =>
    Object.entries((properties ?? {}) as Record<string, Json>)
      .filter(([, field]) => typeof field === "object" && !isDescribed(field))
      .map(([name]) => name),
  );
  // A field without words: describe it in its schema, or its name in platform/http/openapi-fields.ts.
  expect([...new Set(undescribed)]).toEqual([]);
});

const NUMBERS_IN_QUERIES = ["limit", "from", "to", "since", "until", "days", "expires_before", "occurred_at"];
const NO_NUMBERS = ["", "1.5", "1e2", "0x10", "+5", "-1", " 5", "007", "٣", "NaN", "99999999999999"];

// Generated clients take `limit: 2`; the server takes nothing but such digits.
test("types numbers in queries as integers with bounds, and whatever is none is 400 that names the parameter", async () => {
  await using server = await startTestServer("sqlite");
  const document = await readOpenApi<Document>(server);
  const secret = await server.createManagementToken({ scopes: [...SCOPES] });
  const seen = new Set<string>();
  for (const { path, method, operation } of operationsOf(document)) {
    for (const { name, in: place, schema } of operation.parameters ?? []) {
      if (place !== "query" || (schema["type"] !== "integer" && !NUMBERS_IN_QUERIES.includes(name))) continue;
      const label = `${method} ${path} ?${name}`;
      seen.add(name);
      const { type, minimum, maximum } = schema as { type: string; minimum: number; maximum: number };
      expect([type, typeof minimum, typeof maximum], label).toEqual(["integer", "number", "number"]);
      const values = [...NO_NUMBERS, String(minimum - 1), String(maximum + 1), `1&${name}=2`];
      for (const value of values) {
        const query = `${name}=${value.includes("&") ? value : encodeURIComponent(value)}`;
        const answer = await server.api(method.toUpperCase(), `${path.replaceAll(/\{\w+\}/g, "x")}?${query}`, secret);
        expect(answer.json(), `${label} ${value}`).toMatchObject({ status: 400, code: "request.invalid" });
        expect((answer.json() as { errors: Json[] }).errors, `${label} ${value}`).toContainEqual(
          expect.objectContaining({ pointer: `?${name}` }),
        );
      }
    }
  }
  expect([...seen]).toEqual(expect.arrayContaining(NUMBERS_IN_QUERIES));
});

test("describes every operation, parameter and answer in words a shop developer can use", async () => {
  const document = await readDocument();
  const ids = new Set<string>();
  for (const { path, method, operation } of operationsOf(document)) {
    const label = `${method} ${path}`;
    ids.add(operation.operationId);
    expect(operation.summary, label).toMatch(/^[A-Z].{10,80}$/);
    const isOpen = operation.description.endsWith("Open: needs no credential.");
    const isOfUsers = operation.description.endsWith("For a logged-in user.");
    if (!isOpen && !isOfUsers) {
      expect(operation.description, label).toMatch(/Needs the scope `[a-z_]+:(read|write)`\.$/);
    }
    expect(operation.security, label).toEqual(isOpen ? [] : isOfUsers ? [{ session: [] }] : undefined);
    expect(operation.tags, label).toHaveLength(1);
    for (const parameter of operation.parameters ?? []) {
      expect(parameter.description, `${label} ${parameter.name}`).toMatch(/.{3,}/);
    }
    const pathNames = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const described = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
    expect(
      described.map(({ name }) => name),
      label,
    ).toEqual(pathNames);
    for (const [status, response] of Object.entries(operation.responses)) {
      const isRefusal = Number(status) >= 400;
      expect(response.description, `${label} ${status}`).not.toBe("Default Response");
      expect(Object.keys(response.content), `${label} ${status}`).toEqual([
        isRefusal ? "application/problem+json" : (STREAMS[path.split("/").slice(-2).join("/")] ?? "application/json"),
      ]);
      if (!isRefusal) continue;
      expect(response.content["application/problem+json"]?.schema).toEqual({ $ref: "#/components/schemas/Problem" });
      expect(response.headers, label).toHaveProperty("X-Request-Id");
    }
    for (const status of isOpen ? [] : ["401", "403"])
      expect(Object.keys(operation.responses), label).toContain(status);
  }
  expect(ids.size).toBe(operationsOf(document).length);
});

test("shows the spec's own request and answer as examples, and the headers beyond them", async () => {
  const document = await readDocument();
  const create = document.paths["/api/tokens"]?.["post"];
  const list = document.paths["/api/tokens"]?.["get"];
  const { CreateToken, CreatedToken } = document.components.schemas;
  expect(CreateToken?.["examples"]).toEqual([
    {
      description: "Customer: customer@example.com (Order: 12345)",
      permissions: "readonly",
      expires_at: 1735689600,
      allowed_package_prefixes: ["your-vendor/"],
      rate_limit_max: 1000,
      metadata: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
    },
  ]);
  const properties = CreatedToken?.["properties"] as Record<string, Json>;
  expect(Object.keys(properties).slice(0, 6)).toEqual([
    "id",
    "token",
    "description",
    "permissions",
    "expires_at",
    "created_at",
  ]);
  expect(properties["token"]?.["examples"]).toEqual(["the-actual-token-value-showed-once"]);
  expect(create?.parameters).toContainEqual(expect.objectContaining({ name: "idempotency-key", in: "header" }));
  for (const status of ["200", "201"])
    expect(create?.responses[status]?.headers).toHaveProperty("Idempotency-Replayed");
  expect(list?.responses["200"]?.headers).toHaveProperty("Link");
});
