import { once } from "node:events";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { sql } from "kysely";
import { testEngines } from "../../testing/database.ts";
import { MANY_ROWS_NOW, insertManyRows } from "../../testing/many-rows.ts";
import { hostPackage } from "../../testing/packages.ts";
import { recordQueries } from "../../testing/query-plans.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { createUsage } from "../usage/index.ts";
import { exportUsage } from "./export-usage.ts";
import { csvLine } from "./usage-csv.ts";

const PATH = "/api/usage/export";
const HEADER = "day,shop,token_id,customer_id,package,version,requests,downloads,installs";
const COUNTS = { requests: 1, downloads: 2, installs: 3 };

test("a cell that a spreadsheet would run is defused, and what CSV needs quoted is quoted", () => {
  const line = (customer_id: string) => csvLine({ shop: "default", customer_id, ...COUNTS });
  for (const start of ["=", "+", "-", "@", "\t"]) {
    expect(line(`${start}cmd|' /C calc'!A0`)).toBe(`,default,,'${start}cmd|' /C calc'!A0,,,1,2,3\r\n`);
  }
  expect(line('=HYPERLINK("http://x","y")')).toBe(`,default,,"'=HYPERLINK(""http://x"",""y"")",,,1,2,3\r\n`);
  expect(line("\r=1")).toBe(`,default,,"'\r=1",,,1,2,3\r\n`);
  expect(line('a,"b"\nc')).toBe(`,default,,"a,""b""\nc",,,1,2,3\r\n`);
  expect(line("Zoë 🦊")).toBe(",default,,Zoë 🦊,,,1,2,3\r\n");
});

/** Until nothing is asked of the database any more: no query runs, and no transaction is open. */
async function eventuallyIdle({ core }: TestServer): Promise<void> {
  const { db, engine } = core.database;
  for (let quiet = 0, attempt = 0; quiet < 5 && engine === "postgres"; attempt++) {
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`.execute(db);
    quiet = rows[0]?.count === 0 ? quiet + 1 : 0;
    expect(attempt).toBeLessThan(1500);
    await wait(20);
  }
}

describe.each(testEngines)("GET /api/usage/export on %s", { timeout: 90_000 }, (engine) => {
  test("is the report as CSV, with every grouping and filter of it and each download besides", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: ["tokens:write", "usage:read"] });
    const core = await hostPackage(server.core.database, "acme/core", ["1.0.0", "1.1.0"]);
    const sold = await sellToken(server, shop, { metadata: { customer_id: "=1+1" } });
    const guest = await sellToken(server, shop);
    const usage = createUsage(server.core);
    usage.countRequest(sold.id, { address: "10.0.0.1", userAgent: undefined });
    for (const version of ["1.0.0.0", "1.1.0.0", "1.1.0.0"]) usage.countDownload(sold.id, core, version);
    usage.countInstall(guest.id, core, "1.0.0.0");
    await usage.flush();
    const read = async (query: string) => {
      const answer = await server.api("GET", `${PATH}?${query}`, shop);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
      const lines = answer.text.split("\r\n");
      expect([lines[0], lines.at(-1)]).toEqual([HEADER, ""]);
      return lines.slice(1, -1);
    };
    const today = new Date(server.clock.nowMs()).toISOString().slice(0, 10);
    const now = Math.floor(server.clock.nowMs() / 1000);
    expect(await read(`from=${now}&to=${now}`)).toEqual([`${today},,,,,,1,3,1`]);
    expect((await read("group_by=token")).sort()).toEqual(
      [`,default,${sold.id},'=1+1,,,1,3,0`, `,default,${guest.id},,,,0,0,1`].sort(),
    );
    expect(await read("group_by=customer")).toEqual([",default,,'=1+1,,,1,3,0", ",default,,,,,0,0,1"]);
    expect(await read("group_by=package")).toEqual([",,,,acme/core,,,3,1"]);
    expect(await read("group_by=version&package=acme/core&version=1.1")).toEqual([",,,,acme/core,1.1.0.0,,2,0"]);
    const detail = (id: string, rest: string) => `${today},default,${id},${rest}`;
    expect((await read("group_by=detail")).sort()).toEqual(
      [
        detail(sold.id, "'=1+1,acme/core,1.0.0.0,,1,0"),
        detail(sold.id, "'=1+1,acme/core,1.1.0.0,,2,0"),
        detail(guest.id, ",acme/core,1.0.0.0,,0,1"),
      ].sort(),
    );
    expect(await read("group_by=detail&customer_id=%3D1%2B1&version=1.0.0&package=acme/core")).toHaveLength(1);
    expect((await server.api("HEAD", `${PATH}?group_by=detail`, shop)).text).toBe("");
    for (const query of ["group_by=hour", "limit=1", "from=200000&to=1"]) {
      expect((await server.api("GET", `${PATH}?${query}`, shop)).status, query).toBe(400);
    }
    const scopeless = await server.createManagementToken({ scopes: ["tokens:read"] });
    expect((await server.api("GET", PATH, scopeless)).status).toBe(403);
  });

  test("goes no faster than it is read: who reads nothing holds a page, and no query is asked meanwhile", async () => {
    await using server = await startTestServer(engine);
    await insertManyRows(server.core.database, { tokens: 3_000, events: 1 });
    server.clock.setSeconds(MANY_ROWS_NOW);
    const { database, queries } = recordQueries(server.core.database);
    const deps = { database, clock: server.clock, usage: { flush: () => Promise.resolve() } };
    const lines = Readable.from(await exportUsage(deps, commandLine, { group_by: "detail" }), { objectMode: false });
    lines.once("readable", () => undefined);
    let asked = -1;
    while (asked !== queries.length) {
      asked = queries.length;
      await wait(50);
    }
    expect(asked).toBeLessThan(20);
    let text = "";
    for await (const chunk of lines) text += String(chunk);
    expect(queries.length).toBeGreaterThan(50);
    const rows = await database.db
      .selectFrom("version_downloads")
      .select(sql<number>`count(*)`.as("count"))
      .executeTakeFirstOrThrow();
    expect(text.split("\r\n").length - 2).toBe(rows.count);
  });

  test("lets composer be answered, and others write, while a client reads slowly; and then gives it all of it", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    await insertManyRows(database, { tokens: 30_000, events: 1 });
    server.clock.setSeconds(MANY_ROWS_NOW);
    const shop = await server.createManagementToken({ scopes: ["tokens:write", "usage:read"] });
    await hostPackage(database, "acme/core", ["1.0.0"]);
    const { token } = await sellToken(server, shop);
    const slow = connect({ port: Number(new URL(server.url).port), host: "127.0.0.1" });
    await once(slow, "connect");
    slow.write(
      `GET ${PATH}?group_by=detail HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${shop}\r\nConnection: close\r\n\r\n`,
    );
    await once(slow, "readable");
    // Nothing is read from here on; what the two kernels take is full after a while.
    const waits: number[] = [];
    for (let count = 0; count < 40; count++) {
      const askedAt = performance.now();
      expect((await server.composer("/p2/acme/core.json", token)).status).toBe(200);
      waits.push(performance.now() - askedAt);
      await wait(10);
    }
    // Not how fast, which is of the machine: an export that held everybody up would take as long as its client.
    expect(waits.sort((a, b) => a - b)[Math.floor(waits.length / 2)]).toBeLessThan(1_000);
    await sellToken(server, shop);
    await eventuallyIdle(server);
    let received = "";
    slow.setEncoding("utf8");
    for await (const chunk of slow) received += String(chunk);
    const rows = received.split("\r\n").filter((line) => /^\d{4}-\d\d-\d\d,/.test(line));
    expect(received).toContain(HEADER);
    // The other tenth is another shop's.
    expect(rows).toHaveLength(81_000);
  });
});
