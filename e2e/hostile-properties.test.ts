import { readFileSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSecret } from "../src/platform/crypto/secrets.ts";
import { openHostileShop } from "./support/hostile-shop.ts";
import type { HostileShop } from "./support/hostile-shop.ts";
import { sendRaw } from "./support/hostile-sockets.ts";

/** The same requests on every run. */
const SEED = 20_261_124;

const { paths } = JSON.parse(readFileSync(new URL("../openapi.json", import.meta.url), "utf8")) as {
  paths: Record<string, Record<string, unknown>>;
};
const OPERATIONS = Object.entries(paths).flatMap(([template, methods]) =>
  Object.keys(methods).map((method) => [method.toUpperCase(), template] as const),
);
const COMPOSER_PATHS = [
  ...["/packages.json", "/list.json", "/search.json", "/p2/{x}.json", "/p2/{x}/{x}.json", "/p2/acme/core.json", "/{x}"],
  ...["/p2/acme/{x}~dev.json", "/dist/{x}/{x}/{x}.zip", "/dist/acme/core/{x}", "/notify", "/security-advisories{x}"],
].map((template) => [template === "/notify" ? "POST" : "GET", template] as const);

const PAGES = "login|setup|invitation|password-reset|install|customers|tokens|packages|sources|audit-log|settings";
/**
 * Open to everybody: the dashboard's page, which holds nothing, at each of its addresses, its files, and what a
 * browser asks before there is a session. Whatever else answers 200 without a credential lets somebody in.
 */
const OPEN = new RegExp(
  `^/(?:health|ready|api/(?:openapi\\.json|docs|session|setup|install)|(?:${PAGES})(?:/[^?#]*)?|assets/[^?#]*|theme\\.js|favicon\\.svg)?(?:[?#]|$)`,
);

const text = fc.oneof(fc.string({ unit: "binary" }), fc.string(), fc.constantFrom("", "\0", "..", "%", "acme", "*"));
/** As a client would encode it, or the bytes themselves. */
const piece = fc.oneof(
  text.map((value) => encodeURIComponent(value.toWellFormed())),
  text.map((value) => value.replace(/[^\u0021-\u007e]/g, "")),
  fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
);
const headerValue = text.map((value) =>
  Buffer.from(value)
    .toString("latin1")
    .replace(/[\r\n]/g, ""),
);
const body = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.json().map((json) => Buffer.from(json)),
  fc
    .record({ description: fc.anything(), metadata: fc.anything() })
    .map((value) => Buffer.from(JSON.stringify(value, (_, inner: unknown) => (typeof inner === "bigint" ? 1 : inner)))),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

const request = fc.record({
  operation: fc.constantFrom(...OPERATIONS, ...COMPOSER_PATHS),
  method: fc.option(fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"), { freq: 4 }),
  pieces: fc.array(piece, { minLength: 3, maxLength: 3 }),
  query: fc.array(fc.tuple(fc.oneof(piece, fc.constantFrom("customer_id", "status", "limit", "q", "filter")), piece), {
    maxLength: 3,
  }),
  headers: fc.array(
    fc.tuple(
      fc.constantFrom(
        "Content-Type",
        "Idempotency-Key",
        "If-Modified-Since",
        "Accept-Encoding",
        "X-Forwarded-For",
        "Cookie",
        "Range",
        "Accept",
      ),
      headerValue,
    ),
    { maxLength: 4 },
  ),
  body,
});

type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never;

function bytesOf(
  { operation: [usual, template], method, pieces, query, headers, body: content }: Request,
  authorization: string,
): Buffer {
  let next = 0;
  const target = template.replaceAll(/\{\w+\}/g, () => pieces[next++ % pieces.length] ?? "");
  const search = query.map(([name, value]) => `${name}=${value}`).join("&");
  const head = [
    `${method ?? usual} ${target}${search === "" ? "" : `?${search}`} HTTP/1.1`,
    ...["Host: x", "Connection: close", ...(authorization === "" ? [] : [`Authorization: ${authorization}`])],
    ...(headers.some(([name]) => name === "Content-Type") ? [] : ["Content-Type: application/json"]),
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(content.length === 0 ? [] : [`Content-Length: ${content.length}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`, "latin1"), content]);
}

let shop: HostileShop;

beforeAll(async () => {
  shop = await openHostileShop(1_000);
});

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

/** Something of each kind that a stranger might try. */
const strangersCredential = fc.oneof(
  fc.constantFrom("", "Basic", "Bearer", "Basic Og==", `Bearer ${newSecret("pbm")}`, `Bearer ${newSecret("pbt")}`),
  headerValue,
  headerValue.map((value) => `Bearer ${value}`),
  text.map((value) => `Basic ${Buffer.from(value).toString("base64")}`),
);

async function ask(
  given: Request,
  authorization: string,
): Promise<{ status: number; received: string; bytes: Buffer }> {
  const bytes = bytesOf(given, authorization);
  const received = await sendRaw(shop.broker.url, bytes, { halfClose: true });
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(received)?.[1]);
  // Every request gets an answer, and none of ours is a failure.
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(received).not.toMatch(/\bat .*:\d+:\d+|node:internal|SQLITE/);
  return { status, received, bytes };
}

test(
  "no request without a valid credential gets a 5xx, opens anything or changes anything",
  { timeout: 60_000 },
  async () => {
    const before = shop.state();
    await fc.assert(
      fc.asyncProperty(request, strangersCredential, async (given, authorization) => {
        const { status, bytes } = await ask(given, authorization);
        const target = bytes.toString("latin1").split(" ")[1] ?? "";
        if (!OPEN.test(target)) expect(status).toBeGreaterThanOrEqual(400);
        expect(shop.state()).toBe(before);
      }),
      { seed: SEED, numRuns: 400 },
    );
  },
);

test("no request with a customer's token gets a 5xx or changes anything", { timeout: 60_000 }, async () => {
  const before = shop.state();
  await fc.assert(
    fc.asyncProperty(request, fc.boolean(), async (given, isBasic) => {
      const basic = Buffer.from(`any:${shop.customerToken}`).toString("base64");
      const { received } = await ask(given, isBasic ? `Basic ${basic}` : `Bearer ${shop.customerToken}`);
      expect(received).not.toContain(shop.customerToken);
      expect(shop.state()).toBe(before);
    }),
    { seed: SEED, numRuns: 400 },
  );
});

test(
  "no request with a shop's token gets a 5xx, and only what was answered 2xx changed anything",
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(request, async (given) => {
        const before = shop.state();
        const { status } = await ask(given, `Bearer ${shop.managementToken}`);
        if (status >= 300) expect(shop.state()).toBe(before);
      }),
      { seed: SEED, numRuns: 400 },
    );
    await shop.sellAndServe();
  },
);
