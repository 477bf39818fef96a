import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHttpServer } from "../src/platform/http/index.ts";
import { bareHttpOptions } from "../src/testing/http-server.ts";
import { FORGED_HOST, hostileRequests } from "./support/hostile-requests.ts";
import type { HostileGroup } from "./support/hostile-requests.ts";
import { openHostileShop } from "./support/hostile-shop.ts";
import type { HostileShop } from "./support/hostile-shop.ts";
import { memoryOf, openFilesOf, openRaw, parseAnswers, sendRaw } from "./support/hostile-sockets.ts";
import { eventually } from "./support/vendor-shop.ts";

const ARCHIVE_BYTES = 16 * 1024 * 1024;
const MB = 1024 * 1024;

let shop: HostileShop;
let url: string;

beforeAll(async () => {
  shop = await openHostileShop(ARCHIVE_BYTES);
  url = shop.broker.url;
});

afterAll(async () => {
  await shop[Symbol.asyncDispose]();
});

const get = (target: string, secret: string, ...headers: string[]) =>
  [`GET ${target} HTTP/1.1`, "Host: x", `Authorization: Bearer ${secret}`, ...headers, "", ""].join("\r\n");

function expectNothingLeaked(answer: string, label: string): void {
  expect(answer.toLowerCase(), label).not.toContain(FORGED_HOST);
  expect(answer, label).not.toMatch(/\bat .*:\d+|node:internal|\/src\/|SQLITE|sqlite|select \*|\/tmp\//);
  for (const secret of [shop.managementToken, shop.customerToken]) expect(answer, label).not.toContain(secret);
}

describe("whatever is odd, the answer is the one we meant, tells nothing, changes nothing, and sales go on", () => {
  test.each<[HostileGroup, string, number]>([
    ["paths", "traversal, encodings, metacharacters and very long names in paths", 120],
    ["queries", "metacharacters, unknown, empty and repeated parameters in queries and filters", 150],
    ["shapes", "smuggling shapes, odd hosts, methods, versions and headers", 90],
    ["bodies", "huge, broken and unexpected bodies", 40],
  ])("%s: %s", { timeout: 60_000 }, async (group, _about, atLeast) => {
    const rows = hostileRequests(shop)[group];
    expect(rows.length).toBeGreaterThanOrEqual(atLeast);
    for (const { label, bytes, statuses } of rows) {
      const before = shop.state();
      const received = await sendRaw(url, bytes);
      const answers = parseAnswers(received);
      // Two answers would mean that something within the request was taken for a request.
      expect(answers, label).toHaveLength(1);
      expect(statuses, label).toContain(answers[0]?.status);
      expectNothingLeaked(received, label);
      expect(shop.state(), label).toBe(before);
      await shop.sellAndServe();
    }
    expect(shop.broker.log()).not.toContain('"level":"error"');
  });

  test("headers of a megabyte, as one or as thousands, are a plain 431", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `X-${index}: ${"x".repeat(40)}`);
    for (const headers of [[`X-Big: ${"x".repeat(MB)}`], [`Cookie: ${"a=b; ".repeat(200_000)}`], many]) {
      for (const target of ["/packages.json", "/api/tokens", "/nothing"]) {
        const [answer, ...others] = parseAnswers(await sendRaw(url, get(target, shop.managementToken, ...headers)));
        expect(others).toEqual([]);
        expect(answer?.status).toBe(431);
        expect(JSON.parse(answer?.body ?? "")).toMatchObject({
          status: 431,
          detail: expect.stringContaining("16 kB") as unknown,
        });
      }
    }
    await shop.sellAndServe();
  });

  // Closed at once, with bytes of the body unread, the system throws away the answer: the client hears "reset".
  test("a client that sends 10 MB hears 413 every time, however busy it is sending", async () => {
    const body = `{"description":"${"x".repeat(10 * MB)}"}`;
    const head = get(
      "/api/tokens",
      shop.managementToken,
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    );
    for (let round = 0; round < 20; round++) {
      expect(await sendRaw(url, head.replace("GET", "POST") + body)).toMatch(/^HTTP\/1\.1 413 /);
    }
  });
});

describe("one connection, many requests", () => {
  test("a hundred sent at once are answered in their order, by both halves of the server", async () => {
    const targets: [target: string, secret: string, status: number][] = [
      ["/p2/acme/core.json", shop.customerToken, 200],
      ["/api/tokens?limit=1", shop.managementToken, 200],
      ["/p2/no/such.json", shop.customerToken, 404],
      ["/api/tokens?unknown=1", shop.managementToken, 400],
      ["/packages.json", "nobody", 401],
      ["/api/tokens", "nobody", 401],
      [shop.archivePath.replace(/[0-9a-f]{40}/, "b".repeat(40)), shop.customerToken, 404],
      ["/nothing", shop.customerToken, 404],
    ];
    const all = Array.from({ length: 12 }, () => targets).flat();
    const last = get("/packages.json", shop.customerToken, "Connection: close");
    const answers = parseAnswers(
      await sendRaw(url, all.map(([target, secret]) => get(target, secret)).join("") + last),
    );
    expect(answers.map(({ status }) => status)).toEqual([...all.map(([, , status]) => status), 200]);
  });

  test("what cannot be read is told after the answers before it, and never inside one", async () => {
    const garbage = "GET /packages.json HTTP/1.1\r\nHost x\r\n\r\n";
    const metadata = get("/p2/acme/core.json", shop.customerToken);
    const first = parseAnswers(await sendRaw(url, metadata + metadata + garbage));
    expect(first.map(({ status }) => status)).toEqual([200, 200, 400]);
    const download = parseAnswers(await sendRaw(url, get(shop.archivePath, shop.customerToken) + garbage + garbage));
    expect(download.map(({ status }) => status)).toEqual([200, 400]);
    expect(download[0]?.body).toHaveLength(Number(/content-length: (\d+)/i.exec(download[0]?.head ?? "")?.[1]));
  });

  test("three downloads asked for at once come whole and in their order", async () => {
    const request = get(shop.archivePath, shop.customerToken);
    const received = await sendRaw(
      url,
      request + request + get(shop.archivePath, shop.customerToken, "Connection: close"),
    );
    const digests = parseAnswers(received).map(({ body }) => createHash("sha1").update(body, "latin1").digest("hex"));
    expect(digests).toHaveLength(3);
    expect(new Set(digests).size).toBe(1);
  });

  test("90 downloads asked for at once and never read hold one file open", async () => {
    const socket = openRaw(url).pause();
    socket.write(get(shop.archivePath, shop.customerToken).repeat(90));
    await eventually(() => Promise.resolve(openFilesOf(shop.pid, ".zip") > 0), 5_000);
    await sleep(300);
    expect(openFilesOf(shop.pid, ".zip")).toBe(1);
    await shop.sellAndServe();
    socket.destroy();
    await eventually(() => Promise.resolve(openFilesOf(shop.pid, ".zip") === 0), 5_000);
  });
});

describe("clients that do not play along", () => {
  test("50 downloads that nobody reads cost the server a fraction of their 800 MB, and end with their connections", async () => {
    const request = get(shop.archivePath, shop.customerToken);
    // What a download costs by itself is no growth.
    await Promise.all(
      Array.from({ length: 20 }, () => sendRaw(url, get(shop.archivePath, shop.customerToken, "Connection: close"))),
    );
    const before = memoryOf(shop.pid);
    const sockets = Array.from({ length: 50 }, () => openRaw(url).pause());
    try {
      for (const socket of sockets) socket.write(request);
      await eventually(() => Promise.resolve(openFilesOf(shop.pid, ".zip") === 50), 10_000);
      for (let look = 0; look < 10; look++) {
        await shop.sellAndServe();
        await sleep(100);
        // A quarter of a megabyte is read ahead for each, and again waits to be sent; the rest is the collector's pace.
        expect(memoryOf(shop.pid) - before).toBeLessThan(160 * MB);
      }
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await eventually(() => Promise.resolve(openFilesOf(shop.pid, ".zip") === 0), 5_000);
  });

  test("10 that ask 20,000 times ahead of their answers are hung up on, and cost less than 128 MB", async () => {
    const before = memoryOf(shop.pid);
    const targets = ["/p2/acme/core.json", "/api/tokens", shop.archivePath, "/packages.json"];
    const ends = Array.from({ length: 10 }, (_, index) => {
      const secret = index % 2 === 0 ? shop.customerToken : "nobody";
      return sendRaw(url, get(targets[index % targets.length] ?? "/", secret).repeat(20_000));
    });
    await Promise.all(ends);
    expect(memoryOf(shop.pid) - before).toBeLessThan(128 * MB);
    await eventually(() => Promise.resolve(openFilesOf(shop.pid, ".zip") === 0), 5_000);
    await shop.sellAndServe();
  });

  test("half-closed after a whole request, they get the whole answer, and then the end", async () => {
    for (const [target, secret] of [
      ["/packages.json", shop.customerToken],
      ["/p2/acme/core.json", shop.customerToken],
      ["/api/tokens?limit=1", shop.managementToken],
      [shop.archivePath, shop.customerToken],
    ] as const) {
      const [answer] = parseAnswers(await sendRaw(url, get(target, secret), { halfClose: true }));
      expect(answer?.status, target).toBe(200);
      expect(answer?.body.length, target).toBe(Number(/content-length: (\d+)/i.exec(answer?.head ?? "")?.[1]));
    }
    const body = '{"description":"half-closed"}';
    const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
    const sale = get("/api/tokens", shop.managementToken, ...headers).replace("GET", "POST") + body;
    expect(await sendRaw(url, sale, { halfClose: true })).toMatch(/^HTTP\/1\.1 201 /);
  });

  test("half-closed in the middle of a request, they get a 4xx or nothing, at once, and nothing changes", async () => {
    const body = '{"description":"never finished"}';
    const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`];
    const whole = get("/api/tokens", shop.managementToken, ...headers).replace("GET", "POST") + body;
    const before = shop.state();
    for (const length of [0, 1, 10, 60, whole.length - body.length - 2, whole.length - body.length, whole.length - 1]) {
      const received = await sendRaw(url, whole.slice(0, length), { halfClose: true, timeoutMs: 2_000 });
      expect(received, String(length)).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
    }
    expect(shop.state()).toBe(before);
    await shop.sellAndServe();
  });

  test("300 that open a connection and dribble a header a second do not keep anybody else waiting", async () => {
    const sockets = Array.from({ length: 300 }, () => openRaw(url));
    for (const socket of sockets) socket.write("GET /packages.json HTTP/1.1\r\nHost: x\r\nX-");
    const startedAt = performance.now();
    await shop.sellAndServe();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
  });

  test("random bytes, and requests with random damage, are a 4xx or nothing, and nothing changes", async () => {
    const body = '{"description":"damaged"}';
    const headers = ["Content-Type: application/json", `Content-Length: ${body.length}`, "Connection: close"];
    const whole = Buffer.from(get("/api/tokens", "nobody", ...headers).replace("GET", "POST") + body);
    const before = shop.state();
    for (let round = 0; round < 200; round++) {
      const bytes = round % 2 === 0 ? randomBytes(500) : Buffer.from(whole);
      // The same damage each time: a byte of each kind of place.
      if (round % 2 === 1) bytes[(round * 7) % bytes.length] = (round * 37) % 256;
      const received = await sendRaw(url, bytes, { halfClose: true });
      expect(received, bytes.toString("latin1")).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
      expectNothingLeaked(received, bytes.toString("latin1"));
    }
    expect(shop.state()).toBe(before);
  });
});

/** The real socket layer, with clocks that a test can wait for; in the server they are 10, 60 and 65 seconds. */
describe("the time a client may take is limited", () => {
  const timeouts = { keepAliveTimeout: 400, headersTimeout: 400, requestTimeout: 800, connectionsCheckingInterval: 50 };
  let server: Awaited<ReturnType<typeof createHttpServer>>;
  let slowUrl: string;
  const arrived: string[] = [];

  beforeAll(async () => {
    server = await createHttpServer({ ...bareHttpOptions(), timeouts });
    server.post("/sale", (request) => {
      arrived.push(JSON.stringify(request.body));
      return { status: "sold" };
    });
    slowUrl = await server.listen({ host: "127.0.0.1", port: 0 });
  });

  afterAll(async () => {
    await server.close();
  });

  /** Sends a byte every 20 ms until the server hangs up, and tells what it said and how long it took. */
  async function dribble(start: string, rest: string): Promise<{ answer: string; afterMs: number }> {
    const startedAt = performance.now();
    const socket = openRaw(slowUrl);
    let answer = "";
    let sent = 0;
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
    socket.write(start);
    const timer = setInterval(() => socket.write(rest[sent++ % rest.length] ?? "x"), 20);
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(timer);
    return { answer, afterMs: performance.now() - startedAt };
  }

  const post = "POST /sale HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

  test.each([
    ["headers", "GET /packages.json HTTP/1.1\r\nX-Slow: ", "x", 400],
    ["a request line", "GET /", "x", 400],
    ["a body", `${post}Content-Length: 5000\r\n\r\n`, " ", 800],
    ["chunks", `${post}Transfer-Encoding: chunked\r\n\r\n`, "1\r\n \r\n", 800],
  ])("dribbling %s ends with a 408 and the end of the connection", async (_what, start, rest, limitMs) => {
    const { answer, afterMs } = await dribble(start, rest);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n.*took too long/s);
    expect(afterMs).toBeGreaterThan(limitMs - 100);
    // The answer lingers for a second.
    expect(afterMs).toBeLessThan(limitMs + 2_000);
    expect(arrived).toEqual([]);
  });

  test("a connection on which nothing is ever sent is closed too, and one that fell idle", async () => {
    for (const start of ["", "GET /none HTTP/1.1\r\nHost: x\r\n\r\n"]) {
      const socket = openRaw(slowUrl).resume();
      if (start !== "") socket.write(start);
      const startedAt = performance.now();
      await new Promise((resolve) => socket.once("close", resolve));
      expect(performance.now() - startedAt).toBeLessThan(3_500);
    }
  });
});
