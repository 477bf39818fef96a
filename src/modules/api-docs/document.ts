import { TAGS } from "../../platform/http/openapi-info.ts";

/** A JSON schema as openapi.json has it; only what the page shows. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

export interface Media {
  schema: Schema;
  example?: unknown;
  examples?: Record<string, unknown>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security?: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media>; required?: boolean };
  responses: Record<string, Response | Reference>;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
  example?: unknown;
}

export interface Reference {
  $ref: string;
}

export interface Response {
  description: string;
  headers?: Record<string, Header | Reference>;
  content: Record<string, Media>;
}

export interface Header {
  description?: string;
}

/** The description of the API as the server itself makes it; nothing in it is foreign. */
export interface ApiDocument {
  info: { title: string; version: string; description: string };
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    responses: Record<string, Response>;
    headers: Record<string, Header>;
  };
}

/** One operation with where it is. */
export interface Endpoint {
  method: string;
  path: string;
  operation: Operation;
}

/** What operations are about, with those operations. */
export interface Topic {
  name: string;
  description: string;
  /** Of the dashboard's own work: no shop and no script needs it. */
  isForDashboard: boolean;
  endpoints: Endpoint[];
}

const OF_DASHBOARD: ReadonlySet<string> = new Set(TAGS.filter((tag) => tag.isForDashboard).map(({ name }) => name));

/** The operations by topic, in the order of the document. */
export function topicsOf({ tags, paths }: ApiDocument): Topic[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  return tags.map(({ name, description = "" }) => ({
    name,
    description,
    isForDashboard: OF_DASHBOARD.has(name),
    endpoints: all.filter(({ operation }) => operation.tags.includes(name)),
  }));
}

/** An answer, wherever it is written. */
export function responseOf(response: Response | Reference, { components }: ApiDocument): Response {
  if (!("$ref" in response)) return response;
  const named = components.responses[nameIn(response)];
  if (named === undefined) throw new Error(`the document has no ${response.$ref}`);
  return named;
}

export function headerOf(header: Header | Reference, { components }: ApiDocument): Header {
  return "$ref" in header ? (components.headers[nameIn(header)] ?? {}) : header;
}

function nameIn({ $ref }: Reference): string {
  return $ref.replace(/^.*\//, "");
}
