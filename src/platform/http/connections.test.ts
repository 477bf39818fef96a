import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const HALF = "GET /packages.json HTTP/1.1\r\nHost: x\r\nX-";

/** Opens connections of one address that ask by halves; says how many of them the server left open. */
async function openFrom(server: TestServer, localAddress: string, count: number) {
  const port = Number(new URL(server.url).port);
  const sockets = Array.from({ length: count }, () => connect({ port, host: "127.0.0.1", localAddress }));
  let open = count;
  for (const socket of sockets) {
    socket.on("error", () => undefined);
    socket.once("close", () => open--);
  }
  await Promise.all(sockets.map((socket) => once(socket, "connect").then(() => socket.write(HALF))));
  return {
    open: () => open,
    /** Of one of them. */
    async answer(rest: string): Promise<string> {
      const socket = sockets.find(({ destroyed }) => !destroyed)!;
      const answered = once(socket, "data") as Promise<[Buffer]>;
      socket.write(rest);
      return (await answered)[0].toString();
    },
    close: () => Promise.all(sockets.filter(({ closed }) => !closed).map((socket) => once(socket.destroy(), "close"))),
  };
}

describe("connections", () => {
  // 4,000 half-open requests from one address took as many descriptors.
  test("of one address are bounded, and those past the bound closed at once; another address has its own", async () => {
    await using server = await startTestServer("sqlite", { CONNECTIONS_PER_ADDRESS: "5" });
    const flood = await openFrom(server, "127.0.0.2", 40);
    await expect.poll(flood.open).toBe(5);
    expect((await server.api("GET", "/health", undefined)).status).toBe(200);
    const other = await openFrom(server, "127.0.0.3", 5);
    expect(await other.answer("End: x\r\n\r\n")).toMatch(/^HTTP\/1\.1 401 /);
    expect([flood.open(), other.open()]).toEqual([5, 5]);
    // A place is free again with the end of a connection; nobody is shut out for what they did before.
    await flood.close();
    const { server: node } = server.application.http;
    const count = () => new Promise<number>((resolve) => node.getConnections((_error, open) => resolve(open)));
    // The other address's, and the one of the request above.
    await expect.poll(count).toBeLessThanOrEqual(6);
    const again = await openFrom(server, "127.0.0.2", 1);
    expect(await again.answer("End: x\r\n\r\n")).toMatch(/^HTTP\/1\.1 401 /);
    const told = server.logLines.filter((line) => line.includes("CONNECTIONS_PER_ADDRESS"));
    expect(told.map((line) => (JSON.parse(line) as { network: string }).network)).toEqual(["127.0.0.2"]);
    await Promise.all([other.close(), again.close()]);
  });

  test("of a trusted proxy, and of one on this machine that forwards without being named, are not counted", async () => {
    const environment = { CONNECTIONS_PER_ADDRESS: "5", TRUSTED_PROXIES: "127.0.0.4" };
    await using server = await startTestServer("sqlite", environment);
    const trusted = await openFrom(server, "127.0.0.4", 20);
    const forgotten = await openFrom(server, "127.0.0.5", 1);
    await forgotten.answer("End: x\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n");
    const more = await openFrom(server, "127.0.0.5", 20);
    const stranger = await openFrom(server, "127.0.0.6", 20);
    await expect.poll(stranger.open).toBe(5);
    expect([trusted.open(), more.open()]).toEqual([20, 20]);
    await Promise.all([trusted, forgotten, more, stranger].map((all) => all.close()));
  });

  test("of all together are bounded too", async () => {
    await using server = await startTestServer("sqlite", { CONNECTIONS_MAX: "20" });
    const some = await openFrom(server, "127.0.0.2", 15);
    const others = await openFrom(server, "127.0.0.3", 15);
    await expect.poll(() => some.open() + others.open()).toBe(20);
    await Promise.all([some.close(), others.close()]);
    await expect.poll(async () => (await server.api("GET", "/health", undefined)).status).toBe(200);
  });
});

describe("Strict-Transport-Security", () => {
  const HEADER = "strict-transport-security";

  test("is on every answer where clients come by https, and on none where they come by http", async () => {
    const cases: [environment: Record<string, string>, value: string | null][] = [
      [{ PUBLIC_URL: "https://packages.example.com" }, "max-age=31536000"],
      [
        { PUBLIC_URL: "https://packages.example.com", HSTS_MAX_AGE: "60", HSTS_INCLUDE_SUBDOMAINS: "1" },
        "max-age=60; includeSubDomains",
      ],
      [{ PUBLIC_URL: "https://packages.example.com", HSTS_MAX_AGE: "0" }, null],
      [{ PUBLIC_URL: "http://packages.example.com" }, null],
      [{}, null],
    ];
    for (const [environment, value] of cases) {
      await using server = await startTestServer("sqlite", environment);
      const paths = [
        "/packages.json",
        "/p2/no/such.json",
        "/api/tokens",
        "/api/docs",
        "/health",
        "/",
        "/install",
        "/no",
      ];
      for (const path of paths) {
        const { headers } = await server.api("GET", path, undefined, undefined, { accept: "text/html,*/*" });
        expect(headers.get(HEADER), `${path} ${JSON.stringify(environment)}`).toBe(value);
      }
      const unreadable = await openFrom(server, "127.0.0.2", 1);
      const answer = (await unreadable.answer(" \0\r\n\r\n")).toLowerCase();
      expect(answer).toMatch(/^http\/1\.1 400 /);
      expect(answer.includes(`\r\n${HEADER}: ${value?.toLowerCase() ?? ""}`)).toBe(value !== null);
      await unreadable.close();
    }
  });
});

describe("a forwarded request", () => {
  test("while no proxy is trusted is warned of once, with what to set", async () => {
    await using server = await startTestServer("sqlite");
    const warnings = () => server.logLines.filter((line) => line.includes("TRUSTED_PROXIES"));
    await server.composer("/packages.json", undefined);
    expect(warnings()).toEqual([]);
    for (let count = 0; count < 3; count++) {
      await server.composer("/packages.json", undefined, { "x-forwarded-for": "192.0.2.1" });
    }
    expect(warnings()).toHaveLength(1);
    expect(JSON.parse(warnings()[0]!)).toMatchObject({
      level: "warn",
      peer: "127.0.0.1",
      msg: expect.stringContaining("set TRUSTED_PROXIES=127.0.0.1") as unknown,
    });
  });

  test("is as it should be where a proxy is trusted", async () => {
    await using server = await startTestServer("sqlite", { TRUSTED_PROXIES: "127.0.0.1" });
    await server.composer("/packages.json", undefined, { "x-forwarded-for": "192.0.2.1" });
    expect(server.logLines.filter((line) => line.includes("TRUSTED_PROXIES"))).toEqual([]);
  });
});
