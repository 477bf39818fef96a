import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { planOf, recordQueries } from "../../testing/query-plans.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { listPublishedNumbers } from "./composer-repository-queries.ts";

const post = (
  server: TestServer,
  secret: string | undefined,
  body: string | Buffer,
  headers: Record<string, string> = {},
) =>
  fetch(`${server.url}/notify`, {
    method: "POST",
    headers: { ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }), ...headers },
    body: typeof body === "string" ? body : new Uint8Array(body),
  });

async function countedInstalls(server: TestServer, shop: string) {
  await server.api("GET", "/api/tokens", shop);
  const rows = await server.core.database.db
    .selectFrom("version_downloads")
    .innerJoin("packages", "packages.id", "version_downloads.package")
    .select(["token", "name", "version_normalized", "installs", "downloads"])
    .orderBy("name")
    .execute();
  return rows.map((row) => `${row.name} ${row.version_normalized} ${row.installs}/${row.downloads}`);
}

describe.each(testEngines)("POST /notify on %s", (engine) => {
  test("counts the installs of versions that exist, of packages the token deals with, and nothing else", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { database } = server.core;
    await hostPackage(database, "acme/core", ["1.0.0", "dev-main", { version: "0.9.0", isWithdrawn: true }]);
    await hostPackage(database, "globex/core", ["1.0.0"]);
    const { token } = await sellToken(server, shop, { allowed_package_prefixes: ["acme/"] });
    const downloads = [
      { name: "Acme/Core", version: "1.0.0.0" },
      { name: "acme/core", version: "1.0.0.0", extra: [] },
      { name: "acme/core", version: "dev-main" },
      { name: "acme/core", version: "0.9.0.0" },
      { name: "acme/core", version: "6.6.6.0" },
      { name: "acme/core", version: "1.0.0.0\0" },
      { name: "acme/core", version: "\ud800" },
      { name: "acme/core\0", version: "1.0.0.0" },
      { name: "globex/core", version: "1.0.0.0" },
      { name: "acme/none", version: "1.0.0.0" },
      ...[{ name: 5, version: "1.0.0.0" }, { name: "acme/core" }, null, "x", []],
    ];
    const answer = await post(server, token, JSON.stringify({ downloads }));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await answer.json()).toEqual({ status: "success" });
    await post(server, token, JSON.stringify({ downloads: [{ name: "acme/core", version: "1.0.0.0" }] }));
    expect(await countedInstalls(server, shop)).toEqual([
      "acme/core 0.9.0.0 1/0",
      "acme/core 1.0.0.0 2/0",
      "acme/core dev-main 1/0",
    ]);
  });

  // One line for a package of 15,001 versions read all of them: 28 such requests kept everybody waiting for 8 seconds.
  test("reads the reported versions and no other one, however many their packages have, by an index", async () => {
    await using made = await createTestDatabase(engine);
    const { database, queries } = recordQueries(made.database);
    const many = Array.from({ length: 3_000 }, (_, index) => `1.${index}.0`);
    const packageId = await hostPackage(made.database, "acme/many", many);
    await sql`analyze`.execute(made.database.db);
    const asked = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ packageId, version: `1.${index * 10}.0.0` }));
    expect(await listPublishedNumbers(database.db, asked(600))).toHaveLength(300);
    queries.length = 0;
    expect(await listPublishedNumbers(database.db, asked(3))).toHaveLength(3);
    const [query] = queries;
    expect((await planOf(made.database, query!)).join("\n")).toContain("versions_by_package_version_normalized");
  });

  test("is limited by token and by itself: past it 429 without a word for Composer, nothing counted, nothing else touched", async () => {
    await using server = await startTestServer(engine, { NOTIFY_LIMIT: "3" });
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const [one, two] = [await sellToken(server, shop), await sellToken(server, shop)];
    const body = JSON.stringify({ downloads: [{ name: "acme/core", version: "1.0.0.0" }] });
    const statuses = [];
    for (let index = 0; index < 5; index++) statuses.push((await post(server, one.token, body)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    // A body that is sent all the same is swallowed, and what is said is nothing that Composer prints.
    const refused = await post(server, one.token, "x".repeat(900_000));
    expect([refused.status, refused.headers.get("content-type"), refused.headers.get("retry-after")]).toEqual([
      ...[429, "application/json", null],
    ]);
    expect(await refused.json()).toEqual({ status: "error" });
    expect((await post(server, two.token, body)).status).toBe(200);
    expect((await server.composer("/packages.json", one.token)).status).toBe(200);
    server.clock.advanceSeconds(1_200);
    expect([(await post(server, one.token, body)).status, (await post(server, one.token, body)).status]).toEqual([
      ...[200, 429],
    ]);
    expect((await countedInstalls(server, shop)).toSorted()).toEqual([
      "acme/core 1.0.0.0 1/0",
      "acme/core 1.0.0.0 4/0",
    ]);
  });

  test("answers what is not readable with a plain 4xx, counts nothing, and keeps no connection waiting", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { token } = await sellToken(server, shop);
    const many = JSON.stringify({ downloads: Array(5_001).fill({ name: "acme/core", version: "1.0.0.0" }) });
    const cases: [body: string | Buffer, status: number][] = [
      ["", 400],
      ["{", 400],
      ["null", 400],
      ["[]", 400],
      ["{}", 400],
      ['{"downloads":{}}', 400],
      ['{"downloads":"x"}', 400],
      [many, 400],
      [Buffer.from([0xff, 0xfe, 0x00]), 400],
      ["[".repeat(900_000), 400],
      ["x".repeat(1024 * 1024 + 1), 413],
      ["x".repeat(5_000_000), 413],
    ];
    for (const [body, status] of cases) {
      const answer = await post(server, token, body);
      expect(answer.status, String(body).slice(0, 30)).toBe(status);
      expect(answer.headers.get("content-type")).toBe("application/json");
      expect(await answer.json()).toEqual({ status: "error" });
    }
    expect(await countedInstalls(server, shop)).toEqual([]);
    expect((await post(server, token, '{"downloads":[]}')).status).toBe(200);
  });

  test("needs a token like everything else", async () => {
    await using server = await startTestServer(engine);
    const { id, token } = await sellToken(server, await server.createManagementToken());
    const shop = await server.createManagementToken();
    expect((await post(server, undefined, "{}")).status).toBe(401);
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    expect((await post(server, token, '{"downloads":[]}')).status).toBe(401);
  });
});
