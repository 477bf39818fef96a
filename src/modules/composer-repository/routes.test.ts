import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { matchRoute } from "./routes.ts";

/** Bytes as they go over the wire, for what no HTTP client lets one send. */
async function sendRaw(server: TestServer, request: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(request);
  return await text(socket);
}

test("a path is what Composer asks for, in any case, or nothing", () => {
  const hex = "0123456789abcdef0123456789abcdef01234567";
  expect(matchRoute("/p2/Acme/Lib.json")).toEqual({ kind: "p2", name: "acme/lib", isDev: false });
  expect(matchRoute("/p2/acme/lib~dev.json")).toEqual({ kind: "p2", name: "acme/lib", isDev: true });
  expect(matchRoute("/p2/a.b-c_d/x--y.z.json")).toMatchObject({ name: "a.b-c_d/x--y.z" });
  expect(matchRoute(`/dist/Acme/lib/${hex.toUpperCase()}.zip`)).toEqual({
    kind: "dist",
    name: "acme/lib",
    reference: hex,
  });
  // Some clients and proxies write characters so that need it not.
  expect(matchRoute("/p2/acme%2Flib%7Edev.json")).toEqual({ kind: "p2", name: "acme/lib", isDev: true });
  expect(matchRoute(`/dist/acme%2flib/${hex}.zip`)).toMatchObject({ name: "acme/lib" });
  const ours = [
    "/p2",
    "/p2/",
    "/p2/acme",
    "/p2/acme/lib",
    "/p2/acme/lib.JSON.x",
    "/p2/../packages.json",
    "/p2/a/b/c.json",
  ];
  const more = [
    "/dist/acme/lib/main.zip",
    `/dist/acme/lib/${hex}.tar`,
    `/dist/acme/${hex}.zip`,
    "/dist/acme/lib/%2e%2e.zip",
  ];
  const rest = [
    "/packages.json/",
    "/packages.json/x",
    "/notify/",
    "/security-advisories",
    "/p2/acme%252flib.json",
    "/p/acme/lib.json",
    "/p/provider-latest$abc.json",
    "/metadata/acme/lib.json",
    "/packages/acme/lib.json",
    "/p2/acme/lib\0.json",
  ];
  for (const path of [...ours, ...more, ...rest, `/p2/${"x".repeat(300)}/${"y".repeat(300)}.json`]) {
    expect(matchRoute(path), path).toEqual({ kind: "unknown" });
  }
  for (const path of [
    "/",
    "/packages.jsonx",
    "/p2x/a/b.json",
    "/distribution",
    "/notify-me",
    "/api/tokens",
    "//packages.json",
  ]) {
    expect(matchRoute(path), path).toBeUndefined();
  }
});

test("whatever is unknown below a reserved path is a JSON 404, with or without a token", async () => {
  await using server = await startTestServer("sqlite");
  const { token } = await sellToken(server, await server.createManagementToken());
  for (const path of [
    "/p2",
    "/p2/x",
    "/p2/a/b.xml",
    "/dist",
    "/dist/a/b/c.zip",
    "/packages.json/x",
    "/security-advisories",
    "/list.json/",
  ]) {
    for (const secret of [undefined, token]) {
      const answer = await server.composer(path, secret);
      expect([answer.status, answer.headers.get("content-type")], path).toEqual([404, "application/json"]);
      expect(answer.json()).toEqual({ status: "error", message: "not found" });
    }
  }
});

test("another method is 405 with Allow, HEAD is GET without a body", async () => {
  await using server = await startTestServer("sqlite");
  const { token } = await sellToken(server, await server.createManagementToken());
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  const authorization = `Bearer ${token}`;
  for (const path of [
    "/packages.json",
    "/p2/acme/core.json",
    `/dist/acme/core/${"a".repeat(40)}.zip`,
    "/list.json",
    "/search.json",
  ]) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const answer = await fetch(server.url + path, { method, headers: { authorization } });
      expect([answer.status, answer.headers.get("allow")], `${method} ${path}`).toEqual([405, "GET, HEAD"]);
      expect(answer.headers.get("content-type")).toBe("application/json");
    }
  }
  expect((await fetch(`${server.url}/notify`, { headers: { authorization } })).headers.get("allow")).toBe("POST");
  for (const path of ["/packages.json", "/p2/acme/core.json", "/list.json", "/p2/no/such.json"]) {
    const get = await fetch(server.url + path, { headers: { authorization, "accept-encoding": "identity" } });
    const head = await fetch(server.url + path, {
      method: "HEAD",
      headers: { authorization, "accept-encoding": "identity" },
    });
    expect(head.status).toBe(get.status);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    expect(head.headers.get("last-modified")).toBe(get.headers.get("last-modified"));
    expect(await head.text()).toBe("");
  }
});

// A forged Host would send a customer's token to somebody else.
test("no Host or X-Forwarded value ever reaches an answer", async () => {
  await using server = await startTestServer("sqlite", { TRUSTED_PROXIES: "127.0.0.1" });
  const shop = await server.createManagementToken();
  const { token } = await sellToken(server, shop);
  await sellToken(server, shop);
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  const forged = [
    "Host: evil.example",
    "X-Forwarded-Host: evil.example",
    "X-Forwarded-Proto: evil.example",
    "X-Forwarded-For: evil.example",
    "X-Forwarded-Prefix: /evil.example",
    "X-Original-URL: /evil.example",
    "Forwarded: host=evil.example",
    "X-Request-Id: evil.example",
    "Connection: close",
  ].join("\r\n");
  const paths = [
    "/packages.json",
    "/p2/acme/core.json",
    "/p2/no/x.json",
    "/list.json",
    "/",
    "/api/tokens?limit=1",
    "/api/openapi.json",
    "/api/none",
    "/api/docs/tokens",
    "/docs",
  ];
  for (const path of [...paths, "http://evil.example/packages.json", "http://evil.example/api/tokens", "/%zz"]) {
    for (const secret of [token, shop, ""]) {
      const credential = secret === "" ? "" : `Authorization: Bearer ${secret}\r\n`;
      const answer = await sendRaw(server, `GET ${path} HTTP/1.1\r\n${forged}\r\n${credential}\r\n`);
      expect(answer, path).toMatch(/^HTTP\/1\.1 \d{3}/);
      expect(answer, path).not.toContain("evil");
    }
  }
});

test("requests that follow each other on one connection are answered in their order", async () => {
  await using server = await startTestServer("sqlite");
  const { token } = await sellToken(server, await server.createManagementToken());
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  const get = (path: string, last = false) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n${last ? "Connection: close\r\n" : ""}\r\n`;
  const answer = await sendRaw(
    server,
    get("/p2/acme/core.json") + get("/p2/no/such.json") + get("/packages.json", true),
  );
  expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual(["200", "404", "200"]);
});

test("headers of a megabyte are a plain 431, and the server goes on", async () => {
  await using server = await startTestServer("sqlite");
  const answer = await sendRaw(
    server,
    `GET /packages.json HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(1_000_000)}\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  expect((await server.composer("/packages.json", undefined)).status).toBe(401);
});
