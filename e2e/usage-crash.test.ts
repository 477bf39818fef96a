import http from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { setUpVendor } from "./support/vendor-shop.ts";

const CONNECTIONS = 8;
/** How often it is written, and what a write may take on a busy machine. */
const INTERVAL_MS = 2_000 + 1_000;

interface Sold {
  id: string;
  token: string;
}

/** Asks without a pause until the server is gone, and notes when each answer was there. */
async function ask(url: string, token: string, answeredAt: number[]): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { authorization: `Basic ${Buffer.from(`token:${token}`).toString("base64")}` };
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    http
      .get(url, { agent, headers }, (response) => {
        response.on("error", () => resolve(false));
        response.resume().once("end", () => resolve(response.statusCode === 200));
      })
      .once("error", () => resolve(false));
    if (!(await promise)) break;
    answeredAt.push(performance.now());
  }
  agent.destroy();
}

// Numbers that can be trusted: what is reported happened, and what happened is reported, but for the last moment.
test("kill -9 under load loses at most what came within the last flush interval, and counts nothing twice", async () => {
  await using setUp = await setUpVendor();
  const { broker } = setUp;
  const scopes = "tokens:write,tokens:read,usage:read";
  const shop = await broker.cliOrFail(["management-token", "create", "--name", "usage", "--scopes", scopes]);
  const tokens: Sold[] = [];
  for (const customer_id of [1, 2]) {
    const sale = { description: "load", metadata: { customer_id } };
    tokens.push((await broker.api("POST", "/api/tokens", shop, sale)).body as Sold);
  }
  const answered = tokens.map((): number[] => []);
  const killedAt: number[] = [];
  for (let round = 0; round < 2; round++) {
    const asking = tokens.flatMap(({ token }, index) =>
      Array.from({ length: CONNECTIONS }, () => ask(`${broker.url}/p2/acme/core.json`, token, answered[index] ?? [])),
    );
    await wait(5_300);
    killedAt.push(performance.now());
    await broker.stop("SIGKILL");
    await Promise.all(asking);
    await broker.start();
  }
  const reported = async (query: string) => {
    const rows = (await broker.api("GET", `/api/usage?${query}`, shop)).body as { requests: number }[];
    return rows.reduce((sum, { requests }) => sum + requests, 0);
  };
  const isSafe = (at: number) => killedAt.every((killed) => at > killed || at < killed - INTERVAL_MS);
  for (const [index, { id }] of tokens.entries()) {
    const count = await reported(`token_id=${id}`);
    const all = answered[index] ?? [];
    // A request that was counted, and killed before its answer was there: one a connection and kill at most.
    expect(count).toBeLessThanOrEqual(all.length + CONNECTIONS * killedAt.length);
    expect(count).toBeGreaterThanOrEqual(all.filter(isSafe).length);
    expect(all.filter(isSafe).length).toBeGreaterThan(500);
    expect(await reported(`customer_id=${String(index + 1)}`)).toBe(count);
  }
  expect(await reported("group_by=token")).toBe(await reported(""));
}, 60_000);
