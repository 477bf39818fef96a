import http from "node:http";
import type { BrokerProcess } from "./broker-process.ts";

/** JSON Schema, as far as the OpenAPI document uses it. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  example?: unknown;
}

interface Operation {
  parameters?: { name: string; in: string; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface FuzzOptions {
  readonly broker: Pick<BrokerProcess, "url">;
  readonly managementToken: string;
  readonly composerToken: string;
  /** Tokens that exist, for the operations on one. */
  readonly tokenIds: readonly string[];
  readonly requests: number;
  /** The same seed asks the same requests. */
  readonly seed: number;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Requests that were answered with a 5xx or not in time; empty when all is well. */
  readonly failures: readonly string[];
}

const CONNECTIONS = 8;
const ANSWER_WITHIN_MS = 10_000;

/** Small, fast and repeatable; quality of randomness does not matter here. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  next(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  pick<T>(values: readonly [T, ...T[]] | readonly T[]): T {
    const value = values[this.next(values.length)];
    if (value === undefined) throw new Error("there is nothing to pick from");
    return value;
  }
}

// prettier-ignore
const NASTY_TEXTS = [
  "", " ", "\0", "a\0b", "\ud800", "é", "𝒳", "../../etc/passwd", "..%2f..%2f", "%00", "%", "%zz", "'; drop table tokens; --",
  "$(id)", "`id`", "--upload-pack=id", "{{7*7}}", "<script>alert(1)</script>", "acme", "acme/", "acme/*", "*/*", "acme/**",
  "a".repeat(300), "a/".repeat(200), "0", "-1", "1e309", "NaN", "null", "true", "[]", "{}", "\r\nSet-Cookie: a=b", "__proto__",
  "constructor", "token_abc123", "9".repeat(40), "\u202e", "\ufeff", "١٢٣", "cust_123", "%F0%28%8C%28",
] as const;
const NASTY_NUMBERS = [0, -0, -1, 1, 1.5, 1e21, -1e21, 2 ** 53, 1735689600, 1735689600000, 4294967296, 1e-7] as const;

/** Makes requests out of the API's own description, some right, most wrong in one or several places. */
class RequestMaker {
  readonly #random: Random;
  readonly #document: OpenApi;
  readonly #operations: readonly { path: string; method: string; operation: Operation }[];
  readonly #options: FuzzOptions;

  constructor(document: OpenApi, options: FuzzOptions) {
    this.#random = new Random(options.seed);
    this.#document = document;
    this.#options = options;
    this.#operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
    );
  }

  make(): { method: string; path: string; headers: Record<string, string>; body: string | undefined } {
    if (this.#random.next(40) === 0) return this.#makeSale();
    return this.#random.next(4) === 0 ? this.#makeComposer() : this.#makeApi();
  }

  /** Right but for what is in its texts: made at random alone, hardly any body is. */
  #makeSale() {
    const body = { description: `sale ${this.#nastyText()}`, metadata: { order_id: this.#nastyText() } };
    const authorization = this.#authorization("Bearer", this.#options.managementToken);
    return {
      method: "POST",
      path: "/api/tokens",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    };
  }

  #makeApi() {
    // Half of the time what the shop's token may do, so that the requests get past the scopes.
    const isOfShop = this.#random.next(2) === 0;
    const among = isOfShop ? this.#operations.filter(({ path }) => path.startsWith("/api/tokens")) : this.#operations;
    const { path, method, operation } = this.#random.pick(among);
    const filled = path.replace(/\{[^}]+\}/g, () => this.#pathParameter());
    const query = (operation.parameters ?? [])
      .filter((parameter) => parameter.in === "query" && this.#random.next(3) === 0)
      .map(({ name, schema }) => `${name}=${this.#encoded(this.#textOf(this.#value(schema, 0)))}`);
    if (this.#random.next(10) === 0)
      query.push(`${this.#encoded(this.#nastyText())}=${this.#encoded(this.#nastyText())}`);
    const schema = operation.requestBody?.content["application/json"]?.schema;
    const body = schema === undefined ? undefined : this.#body(schema);
    const contentType =
      this.#random.next(20) === 0
        ? this.#random.pick(["text/plain", "application/xml", "application/json; charset=latin1"])
        : "application/json";
    return {
      method:
        this.#random.next(30) === 0 ? this.#random.pick(["PUT", "HEAD", "OPTIONS", "TRACE", "DELETE", "POST"]) : method,
      path: query.length === 0 ? filled : `${filled}?${query.join("&")}`,
      headers: {
        ...(this.#random.next(15) === 0
          ? {}
          : { authorization: this.#authorization("Bearer", this.#options.managementToken) }),
        ...(body === undefined ? {} : { "content-type": contentType }),
        ...(this.#random.next(6) === 0 ? { "idempotency-key": String(this.#random.next(50)) } : {}),
      },
      body,
    };
  }

  #pathParameter(): string {
    if (this.#random.next(2) === 0) return this.#random.pick(this.#options.tokenIds);
    return this.#encoded(this.#nastyText()).replace(/[?#]/g, "_");
  }

  #makeComposer() {
    const name = this.#random.pick([
      "acme/core",
      "acme/theme",
      "globex/search",
      "acme/nothing",
      this.#encoded(this.#nastyText()),
    ]);
    const path = this.#random.pick([
      ...[
        "/packages.json",
        `/p2/${name}.json`,
        `/p2/${name}~dev.json`,
        `/list.json?filter=${this.#encoded(this.#nastyText())}`,
      ],
      ...[`/search.json?q=${this.#encoded(this.#nastyText())}&type=${this.#encoded(this.#nastyText())}`, "/notify"],
      ...[
        `/dist/${name}/${"0".repeat(40)}.zip`,
        `/dist/${name}/${this.#encoded(this.#nastyText())}.zip`,
        `/p2/${this.#encoded(this.#nastyText())}`,
      ],
      "/security-advisories",
    ]);
    const isNotify = path === "/notify";
    const basic = Buffer.from(`token:${this.#options.composerToken}`).toString("base64");
    return {
      method: isNotify ? "POST" : this.#random.pick(["GET", "GET", "GET", "HEAD", "POST", "DELETE"]),
      path,
      headers: {
        ...(this.#random.next(10) === 0 ? {} : { authorization: this.#authorization("Basic", basic) }),
        ...(this.#random.next(5) === 0
          ? { "if-modified-since": this.#random.pick(["Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"]) }
          : {}),
        ...(this.#random.next(3) === 0
          ? { "accept-encoding": this.#random.pick(["gzip", "identity", "gzip;q=0", "*"]) }
          : {}),
      },
      body: isNotify
        ? this.#random.pick([
            '{"downloads":[{"name":"acme/core","version":"1.0.0.0"}]}',
            "{",
            "[]",
            '{"downloads":{}}',
            '{"downloads":[null,1,{"name":1}]}',
          ])
        : undefined,
    };
  }

  #authorization(scheme: string, secret: string): string {
    if (this.#random.next(12) > 0) return `${scheme} ${secret}`;
    return this.#random.pick([
      scheme,
      `${scheme} `,
      `${scheme} ${secret}x`,
      `${scheme}  ${secret}`,
      "Digest x",
      `Basic ${Buffer.from(":").toString("base64")}`,
      "Basic %%%",
    ]);
  }

  #body(schema: Schema): string {
    if (this.#random.next(25) === 0)
      return this.#random.pick([
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "1",
        '{"a":1,}',
        "[".repeat(5_000),
        '{"__proto__":{}}',
      ]);
    return JSON.stringify(this.#value(schema, 0));
  }

  #value(schema: Schema, depth: number): unknown {
    if (depth > 6 || this.#random.next(9) === 0) return this.#anything();
    const resolved = this.#resolve(schema);
    if (resolved.const !== undefined) return resolved.const;
    if (resolved.enum !== undefined) return this.#random.pick(resolved.enum);
    if (resolved.anyOf !== undefined) return this.#value(this.#random.pick(resolved.anyOf), depth + 1);
    if (resolved.example !== undefined && this.#random.next(3) > 0) return resolved.example;
    const type = Array.isArray(resolved.type) ? this.#random.pick(resolved.type) : resolved.type;
    switch (type) {
      case "object":
        return this.#object(resolved, depth);
      case "array":
        return Array.from({ length: this.#random.next(4) }, () => this.#value(resolved.items ?? {}, depth + 1));
      case "integer":
      case "number":
        return this.#random.pick(NASTY_NUMBERS);
      case "boolean":
        return this.#random.next(2) === 0;
      case "null":
        return null;
      case "string":
      case undefined:
      default:
        return this.#nastyText();
    }
  }

  #object(schema: Schema, depth: number): Record<string, unknown> {
    const entries = Object.entries(schema.properties ?? {})
      .filter(() => this.#random.next(3) > 0)
      .map(([name, nested]): [string, unknown] => [name, this.#value(nested, depth + 1)]);
    if (this.#random.next(12) === 0) entries.push([this.#nastyText(), this.#anything()]);
    return Object.fromEntries(entries);
  }

  #anything(): unknown {
    return this.#random.pick([
      null,
      true,
      [],
      {},
      [null],
      { a: { b: { c: 1 } } },
      this.#random.pick(NASTY_NUMBERS),
      this.#nastyText(),
      "x".repeat(20_000),
    ]);
  }

  #nastyText(): string {
    return this.#random.pick(NASTY_TEXTS);
  }

  /** Encoded as a client would, or raw as far as a request line can carry it. */
  #encoded(text: string): string {
    if (this.#random.next(4) === 0) return text.replace(/[^\x21-\x7e]/gu, "") || "x";
    return encodeURIComponent(text.toWellFormed());
  }

  #textOf(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  #resolve(schema: Schema): Schema {
    const name = schema.$ref?.split("/").at(-1);
    return name === undefined ? schema : (this.#document.components?.schemas?.[name] ?? {});
  }
}

/** Asks many odd requests and tells which were answered with a 5xx or not at all. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const document = (await (await fetch(`${options.broker.url}/api/openapi.json`)).json()) as OpenApi;
  const maker = new RequestMaker(document, options);
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const byStatus: Record<string, number> = {};
  const failures: string[] = [];
  let asked = 0;
  const worker = async () => {
    while (asked < options.requests && failures.length < 20) {
      asked++;
      const request = maker.make();
      const outcome = await ask(agent, options.broker.url, request);
      byStatus[outcome] = (byStatus[outcome] ?? 0) + 1;
      if (!/^[234]\d\d$/.test(outcome)) failures.push(`${outcome}: ${JSON.stringify(request).slice(0, 2_000)}`);
      if (asked % 1_000 === 0) options.onProgress?.(asked);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, worker));
  agent.destroy();
  return { requests: asked, byStatus, failures };
}

function ask(
  agent: http.Agent,
  url: string,
  { method, path, headers, body }: ReturnType<RequestMaker["make"]>,
  retries = CONNECTIONS,
): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    // Node writes no length for methods that usually have no body, and the body would be taken for the next request.
    const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const options = { agent, hostname, port, method, path, timeout: ANSWER_WITHIN_MS };
    const request = http.request({ ...options, headers: { ...headers, ...length } });
    request.once("response", (response) => {
      response.resume().once("close", () => resolve(String(response.statusCode)));
    });
    request.once("timeout", () => request.destroy(new Error("no answer in time")));
    request.once("error", (error) => {
      // The server closed the connection after its last answer (a 431, say) while this request took it: asked again,
      // as any client does. A server that died or hangs up by itself refuses the second one as well.
      if (request.reusedSocket && retries > 0) resolve(ask(agent, url, { method, path, headers, body }, retries - 1));
      else resolve(error.message);
    });
    request.end(body);
  });
}
