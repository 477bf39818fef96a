import { expect, test } from "vitest";
import { z } from "zod";
import { readOpenApi } from "../../testing/openapi-document.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { STATUS_BY_CODE } from "../errors.ts";
import { OF_NO_OPERATION } from "./openapi-problems.ts";

type Node = Record<string, unknown>;

interface Media {
  schema: Node;
  example?: unknown;
  examples?: Record<string, { $ref: string }>;
}

interface Operation {
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content: Record<string, Media> }>;
  parameters?: { name: string; schema: Node }[];
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Node>; examples: Record<string, { summary: string; value: Node }> };
}

async function readDocument(): Promise<Document> {
  await using server = await startTestServer("sqlite");
  return await readOpenApi<Document>(server);
}

/** What is wrong with a value by a schema of the document; undefined when it is as described. */
function problemOf(document: Document, schema: Node, value: unknown): string | undefined {
  const text = JSON.stringify({ ...schema, $defs: document.components.schemas });
  const described = JSON.parse(text.replaceAll("#/components/schemas/", "#/$defs/")) as Node;
  const { error } = z.fromJSONSchema(strictly(described) as Parameters<typeof z.fromJSONSchema>[0]).safeParse(value);
  return error && z.prettifyError(error);
}

/** An example with a field that is gone would pass otherwise. */
function strictly(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(strictly);
  const node: Node = Object.fromEntries(Object.entries(value).map(([key, nested]) => [key, strictly(nested)]));
  return "properties" in node && typeof node["properties"] === "object" && node["type"] === "object"
    ? { additionalProperties: false, ...node }
    : node;
}

test("every request and every answer has an example, and each is what its schema says", async () => {
  const document = await readDocument();
  let checked = 0;
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { requestBody, responses, parameters = [] }] of Object.entries(methods)) {
      const bodies = [["request", requestBody] as const, ...Object.entries(responses)].flatMap(([name, body]) =>
        Object.values(body?.content ?? {}).map((media) => ({ label: `${method} ${path} ${name}`, media })),
      );
      for (const { label, media } of bodies) {
        if (media.examples !== undefined) continue;
        expect(media, label).toHaveProperty("example");
        expect(problemOf(document, media.schema, media.example), label).toBeUndefined();
        checked++;
      }
      for (const { name, schema } of parameters) {
        for (const example of (schema["examples"] ?? []) as unknown[]) {
          expect(problemOf(document, schema, example), `${method} ${path} ${name}`).toBeUndefined();
        }
      }
    }
  }
  expect(checked).toBeGreaterThan(90);
});

test("every example that a schema gives is what the schema says", async () => {
  const document = await readDocument();
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    for (const example of (schema["examples"] ?? []) as unknown[]) {
      expect(problemOf(document, schema, example), name).toBeUndefined();
    }
  }
});

test("every code has an example with its status, and each refusal of an operation names the codes it can give", async () => {
  const document = await readDocument();
  const { examples, schemas } = document.components;
  const codes = Object.keys(STATUS_BY_CODE).filter((code) => code !== OF_NO_OPERATION);
  expect(Object.keys(examples).sort()).toEqual(codes.sort());
  for (const [code, { value }] of Object.entries(examples)) {
    expect(value).toMatchObject({ code, status: STATUS_BY_CODE[code as keyof typeof STATUS_BY_CODE] });
    expect(problemOf(document, schemas["Problem"] ?? {}, value), code).toBeUndefined();
  }
  const named = new Set<string>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, { responses }] of Object.entries(methods)) {
      for (const [status, { content }] of Object.entries(responses)) {
        if (Number(status) < 400) continue;
        const codes = Object.keys(content["application/problem+json"]?.examples ?? {});
        expect(codes.length, `${method} ${path} ${status} names no code`).toBeGreaterThan(0);
        for (const code of codes) {
          expect(examples[code]?.value["status"], `${method} ${path} ${status} ${code}`).toBe(Number(status));
          named.add(code);
        }
      }
    }
  }
  expect([...named].sort()).toEqual(codes.sort());
});

test("no example contradicts itself: what was made just now is alive, was not used yet and was not there before", async () => {
  const document = await readDocument();
  const created = document.paths["/api/tokens"]?.["post"]?.responses["201"]?.content["application/json"]?.example;
  expect(created).toMatchObject({ status: "active", last_used_at: null, revoked_at: null });
  for (const field of ["duplicate", "warnings"]) expect(created).not.toHaveProperty(field);
  const { created_at, updated_at } = created as Record<string, number>;
  expect(updated_at).toBe(created_at);
  const sent = document.paths["/api/tokens"]?.["post"]?.requestBody?.content["application/json"]?.example;
  expect((sent as Record<string, number>)["expires_at"]).toBeGreaterThan(Date.UTC(2029, 0) / 1000);
});
