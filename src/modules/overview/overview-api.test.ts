import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;
const TODAY = NOW - (NOW % DAY);
const ALL = { scopes: [...SCOPES] };

interface Row {
  day?: number;
  requests: number | null;
  downloads: number;
  installs: number;
}

async function get<T>(server: TestServer, by: string, path: string): Promise<T> {
  const answer = await server.api("GET", path, by);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as T;
}

async function install(server: TestServer, secret: string, name: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`token:${secret}`).toString("base64")}`;
  const body = JSON.stringify({ downloads: [{ name, version: "1.0.0.0" }] });
  await fetch(`${server.url}/notify`, {
    method: "POST",
    body,
    headers: { authorization, "content-type": "application/json" },
  });
}

describe.each(testEngines)("usage and overview on %s", (engine) => {
  test("usage has a row for every day, of everybody, a token, a customer or a package", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const one = await sellToken(server, shop, { metadata: { customer_id: 1 } });
    const two = await sellToken(server, foreign, { metadata: { customer_id: 1 } });
    await server.composer("/packages.json", one.token);
    await server.composer("/packages.json", two.token);
    server.clock.advanceSeconds(DAY);
    await server.composer("/packages.json", one.token);
    await install(server, one.token, "acme/core");
    const day = (number: number, requests: number | null, installs: number): Row => ({
      ...{ day: TODAY + number * DAY, requests, downloads: 0, installs },
    });
    const span = `from=${TODAY - DAY}&to=${TODAY + DAY + 5}`;
    const usage = (query: string, by = shop) => get<Row[]>(server, by, `/api/usage?${query}`);
    const mine = [day(-1, 0, 0), day(0, 1, 0), day(1, 1, 1)];
    expect(await usage(span)).toEqual(mine);
    expect(await usage(`${span}&token_id=${one.id}`)).toEqual(mine);
    expect(await usage(`${span}&customer_id=1`)).toEqual(mine);
    expect(await usage(`${span}&customer_id=1`, foreign)).toEqual([day(-1, 0, 0), day(0, 1, 0), day(1, 0, 0)]);
    expect(await usage(`${span}&package=acme/core`)).toEqual([day(-1, null, 0), day(0, null, 0), day(1, null, 1)]);
    const use = { requests: null, downloads: 0, installs: 1 };
    expect(await usage("group_by=package")).toEqual([{ package: "acme/core", ...use }]);
    expect(await usage("group_by=version&package=acme/core")).toEqual([
      { package: "acme/core", version_normalized: "1.0.0.0", ...use },
    ]);
    expect(await usage("")).toHaveLength(30);
    for (const query of [
      `from=${TODAY}&to=${TODAY - DAY}`,
      `from=${TODAY - 400 * DAY}&to=${TODAY}`,
      "group_by=hour",
      "from=x",
    ]) {
      expect((await server.api("GET", `/api/usage?${query}`, shop)).status, query).toBe(400);
    }
    for (const query of [`token_id=${two.id}`, "customer_id=2", "package=acme/other"]) {
      expect((await server.api("GET", `/api/usage?${query}`, shop)).status, query).toBe(404);
    }
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["globex/"] });
    expect((await usage(span, bounded)).map(({ requests }) => requests)).toEqual([0, 0, 0]);
  });

  test("the overview counts what the caller sees, day by day", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    await hostPackage(server.core.database, "globex/core", ["1.0.0"]);
    await server.core.database.db
      .updateTable("sources")
      .set({ state: "failing", state_detail: "No access" })
      .where("name", "=", "globex/core")
      .execute();
    const soon = await sellToken(server, shop, { expires_at: NOW + 10 * DAY, metadata: { customer_id: 1 } });
    await sellToken(server, shop, { expires_at: NOW });
    const kept = await sellToken(server, foreign, { allowed_package_prefixes: ["acme/"] });
    const gone = await sellToken(server, shop);
    server.clock.advanceSeconds(DAY);
    await server.api("DELETE", `/api/tokens/${gone.id}`, shop);
    await server.composer("/packages.json", kept.token);
    for (let count = 0; count < 3; count++) await server.composer("/packages.json", newSecret("pbt"));
    await server.application.refusals.flush();
    const overview = await get<Record<string, unknown>>(server, shop, "/api/overview?days=3");
    expect(overview).toMatchObject({
      tokens: { active: 1, expiring_soon: 1, expired: 1, revoked: 1 },
      ...{ customers: 1, packages: 2, sources: { total: 2, failing: 1, syncing: 0 } },
      failing_sources: [{ name: "globex/core", state_detail: "No access" }],
      days: [
        { day: TODAY - DAY, sales: 0, revoked: 0, requests: 0, downloads: 0, installs: 0, refused: 0 },
        { day: TODAY, sales: 3, revoked: 0, requests: 0, refused: 0 },
        { day: TODAY + DAY, sales: 0, revoked: 1, requests: 0, refused: 3 },
      ],
      expiring: [{ id: soon.id }],
      refusals: [{ problem: "unknown", surface: "composer", count: 3, last_at: NOW + DAY }],
    });
    expect(overview["recent"]).toHaveLength(7);
    expect(await get(server, foreign, "/api/overview?days=1")).toMatchObject({
      ...{ tokens: { active: 1, expired: 0, revoked: 0 }, customers: 0, days: [{ requests: 1, refused: 3 }] },
    });
    expect(await get(server, bounded, "/api/overview?days=2")).toMatchObject({
      ...{ tokens: { active: 0, expired: 0, revoked: 0 }, packages: 1, sources: { total: 0 }, refusals: [] },
      days: [{ sales: 0 }, { requests: 0, refused: 0 }],
    });
    for (const query of ["days=0", "days=401", "days=1.5", "day=1"]) {
      expect((await server.api("GET", `/api/overview?${query}`, shop)).status, query).toBe(400);
    }
  });

  // Otherwise usage:read would open the audit log, with whatever is personal in it.
  test("the overview shows no part that needs a scope the caller lacks", async () => {
    await using server = await startTestServer(engine);
    const narrow = await server.createManagementToken({ scopes: ["usage:read"] });
    expect(await get(server, narrow, "/api/overview")).toMatchObject({
      ...{ sources: null, failing_sources: null, expiring: null, recent: null, tokens: { active: 0 } },
    });
  });
});
