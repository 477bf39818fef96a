import { STATUS_CODES } from "node:http";
import fastifySwagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { OpenAPIV3_1 } from "openapi-types";
import { exampleOf } from "./openapi-examples.ts";
import { addServerProblems, codesOf, examplesOf, problemExamples } from "./openapi-problems.ts";
import type { OwnProblems } from "./problem-schema.ts";

declare module "fastify" {
  interface FastifySchema {
    /** Headers of the answers, by status; goes into the description of the API. */
    "x-response-headers"?: Record<number, Record<string, { description: string }>>;
    /** Of the answer where it is not JSON. */
    "x-media-type"?: string;
    /** See `ownProblems`. */
    "x-problems"?: OwnProblems;
  }
}

/** What every refusal of a kind means; an operation lists which it can give. */
const PROBLEM_DESCRIPTIONS: Record<string, string> = {
  400: "The request is not valid; `errors` names each wrong field and what to do. Nothing was changed.",
  401: "No credential, or one that is wrong, unknown, expired, ended or revoked; `detail` says which.",
  403: "The caller lacks the scope or the role, or may not grant as much, or a session came without its `X-CSRF-Token`; `detail` says what is missing.",
  404: "There is no such thing, or it is outside the caller's shop and package bound.",
  409: "The request conflicts with the present state, or the same request is under way.",
  410: "The link was used already, or has expired.",
  413: "The body is larger than 1 MB.",
  415: "The body is not announced as `application/json`.",
  422: "The `Idempotency-Key` was used with another body.",
  429: "Too many requests, or too many failed attempts; `Retry-After` says after how many seconds to try again.",
  500: "Our fault; the server's log has it under the `request_id`.",
  503: "The server cannot store anything at the moment. Nothing was changed; try again later.",
};

const RETRY_AFTER = { "Retry-After": { description: "After how many seconds to try again" } };

const DESCRIPTION = `Sell access to a private Composer repository: create, list, change and revoke customer tokens.

All times are Unix seconds. In a request, \`null\` means the same as leaving a field out; unknown fields and unknown,
empty or repeated query parameters are refused. Every refusal is \`application/problem+json\` (RFC 9457); each operation
names the codes it can give, and a known path that is called with another method is 405 \`request.method_not_allowed\`.

Ids in an address are percent-encoded (\`rawurlencode\` in PHP, \`encodeURIComponent\` in JavaScript).

A management token, and a session, may make 600 requests a minute unless the server is told otherwise: \`RateLimit-Policy\`
and \`RateLimit\` say what is left, and 429 has \`Retry-After\`.`;

/** Collects the description of the API, OpenAPI 3.1, from the schemas of the routes; read by `app.swagger()`. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "PACKAGE.broker Management API",
        version,
        description: DESCRIPTION,
        license: { name: "MIT", identifier: "MIT" },
      },
      components: {
        securitySchemes: {
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
        },
      },
      security: [{ managementToken: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => tidy(jsonSchemaTransformObject(input) as OpenAPIV3_1.Document),
  });
}

/** An object of the description whose members are rewritten in place. */
type Node = Record<string, unknown>;

const REFERENCE = "#/components/schemas/";
const METHODS = ["get", "post", "put", "patch", "delete"] as const;

function tidy(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  for (const [method, operation] of operationsOf(document)) describeResponses(operation, method, schemasOf(document));
  renameInputs(document);
  document.components = { ...document.components, examples: problemExamples() };
  for (const [, operation] of operationsOf(document)) addExamples(operation, schemasOf(document));
  const schemas = schemasOf(document);
  const used = referencedSchemas(document.paths, schemas);
  for (const name of Object.keys(schemas)) if (!used.has(name)) Reflect.deleteProperty(schemas, name);
  dropNoise(document);
  return document;
}

function operationsOf(document: OpenAPIV3_1.Document): [string, Node][] {
  return Object.values(document.paths ?? {}).flatMap((path) =>
    METHODS.flatMap((method) => {
      const operation = path?.[method];
      return operation === undefined ? [] : [[method, operation] as [string, Node]];
    }),
  );
}

function schemasOf(document: OpenAPIV3_1.Document): Record<string, Node> {
  return (document.components?.schemas ?? {}) as Record<string, Node>;
}

/** Refusals have their own media type; and the words that the generator finds no place for. */
function describeResponses(operation: Node, method: string, schemas: Record<string, Node>): void {
  addServerProblems(operation["responses"] as Record<string, Node>);
  const headers = (operation["x-response-headers"] ?? {}) as Record<string, Record<string, { description: string }>>;
  const mediaType = operation["x-media-type"];
  delete operation["x-response-headers"];
  delete operation["x-media-type"];
  for (const [status, response] of Object.entries(operation["responses"] as Record<string, Node>)) {
    const content = response["content"] as Node;
    if (Number(status) >= 400) {
      const examples = examplesOf(codesOf(operation, method, Number(status)));
      response["content"] = { "application/problem+json": { ...(content["application/json"] as Node), examples } };
      response["description"] = PROBLEM_DESCRIPTIONS[status] ?? STATUS_CODES[status] ?? "Refused";
    } else {
      const { schema } = content["application/json"] as { schema: { $ref?: string } };
      const name = (schema.$ref ?? "").slice(REFERENCE.length);
      response["description"] = schemas[name]?.["description"] ?? response["description"];
      if (typeof mediaType === "string") response["content"] = { [mediaType]: content["application/json"] };
    }
    const described = Object.entries({ ...(status === "429" ? RETRY_AFTER : {}), ...headers[status] });
    if (described.length === 0) continue;
    response["headers"] = Object.fromEntries(
      described.map(([name, { description }]) => [name, { description, schema: { type: "string" } }]),
    );
  }
  delete operation["x-problems"];
}

/** What every operation takes and answers, once as it may look. */
function addExamples(operation: Node, schemas: Record<string, Node>): void {
  const responses = Object.values(operation["responses"] as Record<string, Node>);
  for (const body of [operation["requestBody"] as Node | undefined, ...responses]) {
    for (const media of Object.values((body?.["content"] ?? {}) as Record<string, Node>)) {
      if (!("examples" in media)) media["example"] ??= exampleOf(media["schema"], schemas);
    }
  }
}

/**
 * The generator describes every schema twice, as it is sent (`CreateTokenInput`) and as it is answered. Where only the
 * first is used it takes the plain name.
 */
function renameInputs(document: OpenAPIV3_1.Document): void {
  const schemas = schemasOf(document);
  const used = referencedSchemas(document.paths, schemas);
  for (const name of used) {
    const plain = name.replace(/Input$/, "");
    const schema = schemas[name];
    if (plain === name || used.has(plain) || schema === undefined) continue;
    schemas[plain] = schema;
    walk(document, (node) => {
      if (node["$ref"] === REFERENCE + name) node["$ref"] = REFERENCE + plain;
    });
  }
}

function referencedSchemas(from: unknown, schemas: Record<string, Node>): Set<string> {
  const names = new Set<string>();
  const collect = (node: Node) => {
    const reference = node["$ref"];
    if (typeof reference !== "string" || !reference.startsWith(REFERENCE)) return;
    const name = reference.slice(REFERENCE.length);
    if (names.has(name)) return;
    names.add(name);
    walk(schemas[name], collect);
  };
  walk(from, collect);
  return names;
}

/**
 * Bounds that only say "a JavaScript integer"; and the promise that an answer never gains a field, which only requests
 * keep.
 */
function dropNoise(document: OpenAPIV3_1.Document): void {
  const bodies: unknown[] = [];
  walk(document.paths, (node) => bodies.push(node["requestBody"]));
  const schemas = schemasOf(document);
  const sent = referencedSchemas(bodies, schemas);
  for (const [name, schema] of Object.entries(schemas)) {
    walk(schema, (node) => {
      if (node["additionalProperties"] === false && !sent.has(name)) delete node["additionalProperties"];
    });
  }
  walk(document, (node) => {
    if (node["minimum"] === Number.MIN_SAFE_INTEGER) delete node["minimum"];
    if (node["maximum"] === Number.MAX_SAFE_INTEGER) delete node["maximum"];
  });
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) visit(value as Node);
  for (const nested of Object.values(value)) walk(nested, visit);
}
