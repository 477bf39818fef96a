import { once } from "node:events";
import { createServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../platform/database/index.ts";
import { createLogger } from "../../platform/log/logger.ts";
import type { Schema } from "../../schema.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { TEST_CIPHER, insertTokens } from "../../testing/usage.ts";
import { createUsage } from "./index.ts";

const FROM = { address: "203.0.113.7", userAgent: undefined };

/** Between us and PostgreSQL; told to, it lets a commit through and cuts the line before its answer. */
async function startForgetfulProxy(target: URL) {
  let commitsToForget = 0;
  let forgotten = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let isForgetting = false;
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", cut);
    }
    client.on("data", (bytes: Buffer) => {
      if (commitsToForget > 0 && /commit/i.test(bytes.toString("latin1"))) {
        commitsToForget--;
        isForgetting = true;
      }
      upstream.write(bytes);
    });
    upstream.on("data", (bytes: Buffer) => {
      if (!isForgetting) return void client.write(bytes);
      // It is committed: PostgreSQL says so here.
      forgotten++;
      cut();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: Object.assign(new URL(target.href), { hostname: "127.0.0.1", port: String(port) }).href,
    forgetCommits: (count: number) => (commitsToForget = count),
    forgotten: () => forgotten,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

describe("usage on PostgreSQL, with a line that breaks", () => {
  test("counts a batch once although its commit was never acknowledged, as often as that happens", async () => {
    await using made = await createTestDatabase("postgres");
    const { database, location } = made;
    if (!("databaseUrl" in location)) throw new Error("not PostgreSQL");
    await insertTokens(database, ["token_a"]);
    const packageId = await hostPackage(database, "acme/core", ["1.0.0"]);
    await using proxy = await startForgetfulProxy(new URL(location.databaseUrl));
    const far = openDatabase<Schema>({ url: proxy.url, sqliteFile: "", onError: () => undefined });
    const lines: string[] = [];
    const logger = createLogger("debug", { write: (line: string) => void lines.push(line) });
    const usage = createUsage({ database: far, clock: createTestClock(), logger, cipher: TEST_CIPHER });
    usage.countRequest("token_a", FROM);
    usage.countDownload("token_a", packageId, "1.0.0.0");
    proxy.forgetCommits(1);
    await usage.flush();
    expect(proxy.forgotten()).toBe(1);
    expect(lines.join("")).toContain("usage could not be written");
    // It is there by now, and more came meanwhile.
    expect(await database.db.selectFrom("token_usage").select("requests").execute()).toEqual([{ requests: 1 }]);
    usage.countRequest("token_a", FROM);
    proxy.forgetCommits(1);
    await usage.flush();
    await usage.flush();
    await usage.flush();
    expect(proxy.forgotten()).toBe(2);
    expect(lines.join("")).toContain("although no answer came");
    const read = () => database.db.selectFrom("usage_days").select(["requests", "downloads"]).execute();
    expect(await read()).toEqual([{ requests: 2, downloads: 1 }]);
    expect(await database.db.selectFrom("version_downloads").select("downloads").execute()).toEqual([{ downloads: 1 }]);
    await far.close();
  });
});

describe.each(testEngines)("usage while the database is away, on %s", (engine) => {
  test("keeps no more than so many rows, goes on counting in those, and tells what it left out", async () => {
    await using made = await createTestDatabase(engine);
    const { database } = made;
    const ids = Array.from({ length: 12 }, (_, number) => `token_${number}`);
    await insertTokens(database, ids);
    const packageId = await hostPackage(database, "acme/core", ["1.0.0"]);
    let isAway = true;
    const transaction: typeof database.transaction = async (work) => {
      if (isAway) throw new Error("no database");
      return await database.transaction(work);
    };
    const lines: string[] = [];
    const logger = createLogger("debug", { write: (line: string) => void lines.push(line) });
    const deps = { database: { db: database.db, transaction }, clock: createTestClock(), logger, cipher: TEST_CIPHER };
    const usage = createUsage(deps, { rowsMax: 5 });
    // One batch waits for its retry; what comes then has the room.
    usage.countRequest("token_0", FROM);
    await usage.flush();
    for (let round = 0; round < 3; round++) {
      for (const id of ids) {
        usage.countRequest(id, FROM);
        usage.countDownload(id, packageId, "1.0.0.0");
      }
    }
    await usage.flush();
    const told = lines.find((line) => line.includes("too much waits"));
    expect(JSON.parse(told ?? "{}")).toMatchObject({ requests: 21, downloads: 21, installs: 0 });
    isAway = false;
    await usage.flush();
    const hours = await database.db.selectFrom("token_usage").selectAll().execute();
    expect(hours).toHaveLength(5);
    const sum = (name: "requests" | "downloads") => hours.reduce((total, row) => total + row[name], 0);
    expect([sum("requests"), sum("downloads")]).toEqual([16, 15]);
    const days = await database.db.selectFrom("version_downloads").select("downloads").execute();
    expect(days.reduce((total, row) => total + row.downloads, 0)).toBe(15);
  });

  test("asks it once more at a time, however many want the newest numbers meanwhile", async () => {
    await using made = await createTestDatabase(engine);
    const { database } = made;
    await insertTokens(database, ["token_a"]);
    let attempts = 0;
    const { promise: isBack, resolve: comeBack } = Promise.withResolvers<undefined>();
    const transaction: typeof database.transaction = async (work) => {
      attempts++;
      await isBack;
      return await database.transaction(work);
    };
    const logger = createLogger("silent", { write: () => undefined });
    const deps = { database: { db: database.db, transaction }, clock: createTestClock(), logger, cipher: TEST_CIPHER };
    const usage = createUsage(deps);
    usage.countRequest("token_a", FROM);
    const first = usage.flush();
    await Promise.resolve();
    usage.countRequest("token_a", FROM);
    const others = Array.from({ length: 100 }, () => usage.flush());
    usage.countRequest("token_a", FROM);
    comeBack(undefined);
    await Promise.all([first, ...others]);
    expect(attempts).toBe(2);
    expect(await database.db.selectFrom("token_usage").select("requests").execute()).toEqual([{ requests: 3 }]);
  });

  test("drops a batch that contradicts the database instead of trying it for ever, and writes what comes after", async () => {
    await using made = await createTestDatabase(engine);
    const { database } = made;
    await insertTokens(database, ["token_a"]);
    const lines: string[] = [];
    const logger = createLogger("debug", { write: (line: string) => void lines.push(line) });
    const usage = createUsage({ database, clock: createTestClock(), logger, cipher: TEST_CIPHER });
    usage.countRequest("token_gone", FROM);
    await usage.flush();
    usage.countRequest("token_a", FROM);
    await usage.flush();
    expect(lines.join("")).toContain("does not fit what is in the database");
    expect(await database.db.selectFrom("token_usage").select("token").execute()).toEqual([{ token: "token_a" }]);
  });
});
