import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const SALE = { description: "A sale", metadata: { customer_id: "c1", order_id: "o1" } };

/** Until so many alarms are set: two of a line with one in it, one more for each who joins. */
async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setImmediate(resolve));
}

async function exhaust(server: TestServer, secret: string, limit: number): Promise<void> {
  for (let index = 0; index < limit; index++) await server.api("GET", "/api/tokens/token_none", secret);
}

const countOfTokens = async (server: TestServer) =>
  (await server.core.database.db.selectFrom("tokens").select("id").execute()).length;

describe.each(testEngines)("past the limit on %s", (engine) => {
  // The spec's purchase handler only logs what it is refused: the buyer would have paid for nothing.
  test("a sale waits until it is its turn, nobody of the same token overtakes it, and nobody else feels it", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "4" });
    const [shop, other] = [await server.createManagementToken(), await server.createManagementToken()];
    await exhaust(server, shop, 4);
    const sale = server.api("POST", "/api/tokens", shop, SALE);
    await until(() => server.clock.alarmCount() === 2);
    expect(await countOfTokens(server)).toBe(0);
    const refused = await server.api("GET", "/api/tokens/token_none", shop);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "15"]);
    expect((await sellToken(server, other)).token).toMatch(/^pbt_/);
    server.clock.advanceSeconds(15);
    const sold = await sale;
    expect([sold.status, sold.headers.get("ratelimit")]).toEqual([201, '"requests";r=0;t=60']);
    expect(server.clock.alarmCount()).toBe(0);
    expect(await listedIds(server, shop, "?order_id=o1")).toHaveLength(1);
  });

  test("an ending has a limit of its own, which reads and sales do not use up; past that it waits too", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "3", API_ENDING_LIMIT: "6" });
    const shop = await server.createManagementToken({ scopes: ["tokens:read", "tokens:write", "customers:write"] });
    const sold = [];
    for (let index = 0; index < 3; index++) sold.push(await sellToken(server, shop, SALE));
    expect((await server.api("GET", "/api/tokens", shop)).status).toBe(429);
    const list = await server.api("GET", "/api/tokens?customer_id=c1", shop);
    expect([list.status, list.headers.get("ratelimit-policy")]).toEqual([200, '"endings";q=6;w=60']);
    expect(await listedIds(server, shop, "?order_id=o1")).toHaveLength(3);
    for (const { id } of sold) expect((await server.api("DELETE", `/api/tokens/${id}`, shop)).status).toBe(200);
    expect((await server.api("POST", "/api/customers/c1/revoke", shop)).status).toBe(200);
    const late = server.api("DELETE", `/api/tokens/${sold[0]?.id ?? ""}`, shop);
    await until(() => server.clock.alarmCount() === 2);
    server.clock.advanceSeconds(10);
    expect((await late).status).toBe(200);
  });

  test("whoever waits in vain is told so with 503 and a Retry-After, and nothing was changed", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "2" });
    const shop = await server.createManagementToken();
    await exhaust(server, shop, 2);
    const sale = server.api("POST", "/api/tokens", shop, SALE);
    await until(() => server.clock.alarmCount() === 2);
    // One is free every 30 seconds: a second place in the line would be in vain.
    const full = await server.api("POST", "/api/tokens", shop, SALE);
    expect([full.status, full.headers.get("retry-after")]).toEqual([503, "60"]);
    server.clock.advanceSeconds(20);
    const late = await sale;
    expect([late.status, Number(late.headers.get("retry-after"))]).toEqual([503, 60]);
    expect(late.json()).toMatchObject({ code: "request.too_many_waiting" });
    expect([await countOfTokens(server), server.clock.alarmCount()]).toEqual([0, 0]);
    expect(server.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  test("a management token that is revoked while its sale waits sells nothing", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "4" });
    const shop = await server.createManagementToken();
    await exhaust(server, shop, 4);
    const sale = server.api("POST", "/api/tokens", shop, SALE);
    await until(() => server.clock.alarmCount() === 2);
    await server.core.database.db.updateTable("management_tokens").set({ revoked_at: 1_800_000_001 }).execute();
    server.clock.advanceSeconds(15);
    expect((await sale).json()).toMatchObject({ status: 401, code: "auth.revoked" });
    expect(await countOfTokens(server)).toBe(0);
  });

  test("a client that leaves gives its place back, and what it asked for is not done behind its back", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "4" });
    const shop = await server.createManagementToken();
    await exhaust(server, shop, 4);
    const body = JSON.stringify(SALE);
    const head = [
      ...["POST /api/tokens HTTP/1.1", "Host: x", "Connection: close", `Authorization: Bearer ${shop}`],
      ...["Content-Type: application/json", `Content-Length: ${body.length}`],
    ].join("\r\n");
    const { port } = new URL(server.url);
    const send = async () => {
      const before = server.clock.alarmCount();
      const socket = connect(Number(port), "127.0.0.1");
      socket.write(`${head}\r\n\r\n${body}`);
      await until(() => server.clock.alarmCount() > before);
      return socket;
    };
    const gone = await send();
    gone.destroy();
    await until(() => server.clock.alarmCount() === 0);
    // One that only says that it sends no more may be there yet, and hears it.
    const halfClosed = await send();
    halfClosed.end();
    expect(await text(halfClosed)).toMatch(/^HTTP\/1\.1 503 .*may have gone/s);
    server.clock.advanceSeconds(60);
    expect([await countOfTokens(server), server.clock.alarmCount()]).toEqual([0, 0]);
  });

  test("a server that stops tells those who wait to come back, and leaves no alarm behind", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "4" });
    const shop = await server.createManagementToken();
    await exhaust(server, shop, 4);
    const sale = server.api("POST", "/api/tokens", shop, SALE);
    await until(() => server.clock.alarmCount() === 2);
    const stopped = server.stop();
    const answer = await sale;
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
    await stopped;
    expect([await countOfTokens(server), server.clock.alarmCount()]).toEqual([0, 0]);
  });

  test("whoever lacks the scope takes no place", async () => {
    await using server = await startTestServer(engine, { API_RATE_LIMIT: "4", API_ENDING_LIMIT: "1" });
    const reader = await server.createManagementToken({ scopes: ["tokens:read"] });
    await exhaust(server, reader, 4);
    expect((await server.api("POST", "/api/tokens", reader, SALE)).status).toBe(429);
    expect((await server.api("DELETE", "/api/tokens/token_x", reader)).status).toBe(429);
    expect(server.clock.alarmCount()).toBe(0);
  });
});

test("which operations wait: sales, renewals, and whatever ends something", async () => {
  await using server = await startTestServer("sqlite");
  const { paths, components } = (await server.api("GET", "/api/openapi.json", undefined)).json() as {
    paths: Record<string, Record<string, { responses: Record<string, { $ref?: string }> }>>;
    components: { responses: Record<string, unknown> };
  };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { responses }]) => ({ name: `${method} ${path}`, full: responses["503"] })),
  );
  const waiting = operations
    .filter(({ full }) => {
      const shared = components.responses[full?.$ref?.split("/").at(-1) ?? ""];
      return JSON.stringify(shared ?? full).includes("request.too_many_waiting");
    })
    .map(({ name }) => name);
  expect(waiting).toEqual(
    expect.arrayContaining([
      ...["post /api/tokens", "get /api/tokens", "patch /api/tokens/{id}", "delete /api/tokens/{id}"],
      ...["delete /api/management-tokens/{id}", "post /api/customers/{customer_id}/revoke"],
      "put /api/customers/{customer_id}/grants/{shop}/{order_id}/{line}",
      "delete /api/customers/{customer_id}/grants/{shop}/{order_id}/{line}",
      "delete /api/customers/{customer_id}/grants/{shop}/{order_id}",
    ]),
  );
  expect(waiting).not.toContain("post /api/tokens/{id}/rotate");
  expect(waiting).not.toContain("post /api/webhooks");
  const known = operations.map(({ name }) => name);
  expect(waiting).toEqual(expect.arrayContaining(known.filter((name) => /\/(revoke|suspend|renew)$/.test(name))));
});
