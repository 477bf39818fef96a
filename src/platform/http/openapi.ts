import fastifySwagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import type { OpenAPIV3_1 } from "openapi-types";
import { exampleOf } from "./openapi-examples.ts";
import { describeFields } from "./openapi-fields.ts";
import { DESCRIPTION, SECURITY_SCHEMES, SERVERS, TAGS } from "./openapi-info.ts";
import { operationsOf, referencedSchemas, schemasOf, SCHEMAS, walk } from "./openapi-nodes.ts";
import type { Node } from "./openapi-nodes.ts";
import { problemExamples } from "./openapi-problems.ts";
import { describeResponses, shareResponses } from "./openapi-responses.ts";
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
      servers: SERVERS,
      components: {
        securitySchemes: SECURITY_SCHEMES,
      },
      security: [{ managementToken: [] }, { session: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (input) => tidy(jsonSchemaTransformObject(input) as OpenAPIV3_1.Document),
  });
}

function tidy(document: OpenAPIV3_1.Document): OpenAPIV3_1.Document {
  for (const [method, operation] of operationsOf(document)) describeResponses(operation, method, schemasOf(document));
  renameInputs(document);
  document.components = { ...document.components, examples: problemExamples() };
  for (const [, operation] of operationsOf(document)) addExamples(operation, schemasOf(document));
  shareResponses(document);
  const schemas = schemasOf(document);
  const used = referencedSchemas([document.paths, document.components.responses], schemas);
  for (const name of Object.keys(schemas)) if (!used.has(name)) Reflect.deleteProperty(schemas, name);
  describeFields(document);
  dropNoise(document);
  document.tags = usedTags(document);
  return document;
}

/** The tags in our order; one that nobody described comes last. */
function usedTags(document: OpenAPIV3_1.Document): OpenAPIV3_1.TagObject[] {
  const used = new Set(operationsOf(document).flatMap(([, operation]) => operation["tags"] as string[]));
  const known = TAGS.filter(({ name }) => used.has(name)).map(({ name, description }) => ({ name, description }));
  for (const { name } of known) used.delete(name);
  return [...known, ...[...used].map((name) => ({ name }))];
}

/** What every operation takes and answers, once as it may look. */
function addExamples(operation: Node, schemas: Record<string, Node>): void {
  const request = operation["requestBody"] as Node | undefined;
  for (const media of mediaOf(request)) media["example"] ??= exampleOf(media["schema"], schemas, "request");
  for (const [status, response] of Object.entries(operation["responses"] as Record<string, Node>)) {
    if (Number(status) >= 400) continue;
    const use = status === "201" ? "made" : "answer";
    for (const media of mediaOf(response)) media["example"] ??= exampleOf(media["schema"], schemas, use);
  }
}

function mediaOf(body: Node | undefined): Node[] {
  return Object.values((body?.["content"] ?? {}) as Record<string, Node>);
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
      if (node["$ref"] === SCHEMAS + name) node["$ref"] = SCHEMAS + plain;
    });
  }
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
