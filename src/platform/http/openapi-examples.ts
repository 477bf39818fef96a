import { SCHEMAS } from "./openapi-nodes.ts";
import type { Node } from "./openapi-nodes.ts";

const MOMENT = 1735689600;
/** 2030-01-01: what ends then works for whoever tries the example. */
const FAR = 1893456000;

/** So that what ends does so after it began; also where the schema's example is one moment for all. */
const MOMENTS: Record<string, number> = {
  expires_at: FAR,
  ends_at: FAR,
  updates_until: FAR,
  previous_secret_expires_at: 1735776000,
  next_expires_at: FAR,
  last_used_at: 1738368000,
  last_seen_at: 1738368000,
  last_at: 1738368000,
  updated_at: 1738368000,
  finished_at: 1735689604,
  next_sync_at: 1735690500,
  next_attempt_at: 1735689605,
};

const NUMBERS: Record<string, number> = {
  rate_limit_max: 1000,
  rate_limit_remaining: 997,
  requests: 214,
  requests_total: 214,
  size_bytes: 48210,
  duration_ms: 84,
  refs_total: 12,
  refs_read: 12,
  records: 1048,
  sequence: 1048,
  limit: 100,
};

/** What a field of this name holds where its schema has no example of its own. */
const TEXTS: Record<string, string> = {
  shop: "default",
  name: "acme/checkout",
  package: "acme/checkout",
  pattern: "acme/",
  package_bound: "acme/",
  allowed_package_prefixes: "acme/",
  vendor: "acme",
  type: "library",
  version: "v1.4.2",
  version_constraint: "^1.0",
  constraint: "^1.0",
  stability: "stable",
  scopes: "tokens:read",
  events: "token.created",
  filters: "acme/*",
  token: "token_abc123",
  source: "src_abc123",
  replaced_by_source: "src_def456",
  username: "ci",
  label: "shop",
  line: "1",
  email: "jane@example.com",
  url: "https://example.com/hooks/broker",
  host: "packages.example.com",
  address: "192.0.2.10",
  user_agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
  description: "A checkout for shops",
  abandoned: "acme/checkout-pro",
  content: "# Checkout",
  shasum: "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
  csrf_token: "kYb0m3sVJq0fQ1n8",
  secret: "JBSWY3DPEHPK3PXP",
  head: "9c1185a5c5e9fc54612808977ee8f548b2258d31",
  response: "ok",
  subject: "Your access to Acme Checkout",
  text: "Your Composer access token is ready…",
  html: "<p>Your Composer access token is ready…</p>",
  detail: "All is well.",
  state_detail: "All is well.",
  reason: "is no version",
  ref: "refs/tags/v1.4.2",
  reference: "3f1c2a9b7d4e5f60718293a4b5c6d7e8f9012345",
  commit: "3f1c2a9b7d4e5f60718293a4b5c6d7e8f9012345",
  order_id: "order_12345",
  customer_id: "cust_123",
  customer_email: "customer@example.com",
  request_id: "req_Ff9W5yfqTIzPG6YxzWTp",
  message: "If the address is known, a link is on its way.",
  last_four: "x7Qz",
  warnings: "no package bound: the token reads everything that is hosted here",
  warning: "The repository has no tags.",
  dependencies: "acme/core",
};

/** Names of other things than packages, by what stands beside them. */
const NAMES_BESIDE: Record<string, string> = {
  email: "Jane Smith",
  totp_enabled: "Jane Smith",
  scopes: "shop",
  filters: "acme/checkout",
  state_detail: "acme/checkout",
};

/** Maps whose keys are names of something. */
const MAPS: Record<string, Node> = {
  metadata: { customer_id: "cust_123", customer_email: "customer@example.com", order_id: "order_12345" },
  require: { php: ">=8.2", "acme/core": "^1.0" },
  "require-dev": { "phpunit/phpunit": "^12.0" },
};

/** Null says more than a moment at which nothing happened. */
const MOSTLY_NULL = /^(?:revoked|removed|erased|ended|failed|used|cancelled)_at$|^(?:error|problem|failure)$/;

/** For a request, for an answer, and for the answer that something was made. */
export type ExampleUse = "request" | "answer" | "made";

/** What has not happened yet to what was made just now. */
const LATER = /^(?:last_\w+|finished)_at$/;

/**
 * A value that the schema allows: the examples that the schema gives where it gives some, and something likely
 * elsewhere. So that every operation has an example, also one whose author wrote none. An answer has what it always
 * has: fields that come now and then contradict each other when they come together.
 */
export function exampleOf(schema: unknown, schemas: Record<string, Node>, use: ExampleUse): unknown {
  return new ExampleMaker(schemas, use).of(schema, "");
}

class ExampleMaker {
  readonly #schemas: Record<string, Node>;
  readonly #use: ExampleUse;

  constructor(schemas: Record<string, Node>, use: ExampleUse) {
    this.#schemas = schemas;
    this.#use = use;
  }

  of(schema: unknown, field: string): unknown {
    if (typeof schema !== "object" || schema === null) return null;
    const node = schema as Node;
    const reference = node["$ref"];
    if (typeof reference === "string") return this.of(this.#schemas[reference.slice(SCHEMAS.length)], field);
    const [given] = (node["examples"] ?? []) as unknown[];
    if (given !== undefined) return this.#withMoments(given, field);
    if ("const" in node) return node["const"];
    const [first] = (node["enum"] ?? []) as unknown[];
    if (first !== undefined) return first;
    const variants = (node["anyOf"] ?? node["oneOf"]) as Node[] | undefined;
    if (variants !== undefined) return this.#ofVariants(variants, field);
    return this.#ofType(node, field);
  }

  #ofVariants(variants: Node[], field: string): unknown {
    if (variants.some(({ type }) => type === "null") && this.#isNull(field)) return null;
    const variant = variants.find(({ type }) => type !== "null");
    return this.of(variant, field);
  }

  #ofType(node: Node, field: string): unknown {
    const types = [node["type"]].flat();
    if (types.includes("null") && (types.length === 1 || this.#isNull(field))) return null;
    switch (types.find((type) => type !== "null")) {
      case "object":
        return this.#ofObject(node, field);
      case "array":
        return [this.of(node["items"], field)];
      case "string":
        return exampleOfText(node, field);
      case "integer":
      case "number":
        return this.#moment(field) ?? exampleOfNumber(node, field);
      case "boolean":
        return true;
      default:
        return null;
    }
  }

  #isNull(field: string): boolean {
    return MOSTLY_NULL.test(field) || (this.#use === "made" && LATER.test(field));
  }

  #moment(field: string): number | undefined {
    return this.#use === "made" && field === "updated_at" ? MOMENT : MOMENTS[field];
  }

  /** The examples of schemas are one moment for all. */
  #withMoments(given: unknown, field: string): unknown {
    if (typeof given === "number") {
      if (this.#isNull(field) && this.#use === "made") return null;
      return this.#moment(field) ?? given;
    }
    if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, this.#withMoments(value, name)]));
  }

  #ofObject(node: Node, field: string): Node {
    const required = new Set((node["required"] ?? []) as string[]);
    const properties = Object.entries((node["properties"] ?? {}) as Record<string, Node>).filter(
      ([name]) => this.#use === "request" || required.has(name),
    );
    const example = Object.fromEntries(properties.map(([name, schema]) => [name, this.of(schema, name)]));
    const beside = properties.map(([name]) => NAMES_BESIDE[name]).find((name) => name !== undefined);
    if (example["name"] === TEXTS["name"] && beside !== undefined) example["name"] = beside;
    const more = node["additionalProperties"];
    if (properties.length > 0 || typeof more !== "object" || more === null) return example;
    return MAPS[field] ?? {};
  }
}

function exampleOfText(node: Node, field: string): string {
  switch (node["format"]) {
    case "email":
      return "customer@example.com";
    case "uri":
      return "https://packages.example.com";
    case "date-time":
      return "2025-01-01T00:00:00.000Z";
  }
  const known = TEXTS[field] ?? TEXTS[field.replace(/s$/, "")] ?? TEXTS[field.replace(/^.*_/, "")];
  return known ?? (/(?:^|_)id$/.test(field) ? "abc123" : field || "text");
}

function exampleOfNumber(node: Node, field: string): number {
  if (/(?:_at|_until|^from|^until|^at)$/.test(field)) return MOMENT;
  const { minimum, exclusiveMinimum } = node as { minimum?: number; exclusiveMinimum?: number };
  return NUMBERS[field] ?? Math.max(minimum ?? 1, (exclusiveMinimum ?? 0) + 1);
}
