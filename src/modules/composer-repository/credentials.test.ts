import { setTimeout } from "node:timers/promises";
import { join } from "node:path";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { commandLine } from "../callers/index.ts";
import { createToken } from "../tokens/create-token.ts";
import { revokeToken } from "../tokens/index.ts";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { hashSecret, newSecret } from "../../platform/crypto/secrets.ts";
import { openDatabase } from "../../platform/database/index.ts";
import type { Schema } from "../../schema.ts";
import { testBudgets } from "../../testing/budgets.ts";
import { storeArchive } from "../../testing/archives.ts";
import { hostPackage } from "../../testing/packages.ts";
import { recordQueries } from "../../testing/query-plans.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createCredentials } from "./credentials.ts";

const PATHS = ["/packages.json", "/p2/acme/core.json", "/list.json"];

/** A second process beside the server: its own connection to the same database. */
function openBeside(server: TestServer) {
  const { config } = server.core;
  return openDatabase<Schema>({
    url: config.databaseUrl,
    sqliteFile: join(config.dataDir, "package-broker.db"),
    onError: (error) => {
      throw error;
    },
  });
}

describe.each(testEngines)("a token in use, with everything in memory, on %s", (engine) => {
  test("ends by the clock, to the second, without anybody doing anything", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { token } = await sellToken(server, await server.createManagementToken(), { expires_at: 1_800_000_010 });
    const statuses = () => Promise.all(PATHS.map(async (path) => (await server.composer(path, token)).status));
    expect(await statuses()).toEqual([200, 200, 200]);
    server.clock.setSeconds(1_800_000_009);
    expect(await statuses()).toEqual([200, 200, 200]);
    server.clock.setSeconds(1_800_000_010);
    expect(await statuses()).toEqual([401, 401, 401]);
  });

  test("is refused by the next request after its revocation, in every spelling", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop);
    const encoded = Buffer.from(`another:${token}`).toString("base64");
    const spellings = [{}, { authorization: `Bearer ${token}` }, { authorization: `Basic ${encoded}` }];
    const statuses = () =>
      Promise.all(spellings.map(async (headers) => (await server.composer(PATHS[1]!, token, headers)).status));
    expect(await statuses()).toEqual([200, 200, 200]);
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    expect(await statuses()).toEqual([401, 401, 401]);
  });

  // Sixteen connections that read all the time, as in an update of a large project.
  test("is never answered 200 once its revocation was answered, however busy it is", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const shop = await server.createManagementToken();
    for (let round = 0; round < 3; round++) {
      const { id, token } = await sellToken(server, shop);
      let isRevoked = false;
      const late: string[] = [];
      let answered = 0;
      const readers = Array.from({ length: 16 }, async (_, index) => {
        for (let more = 25; more > 0;) {
          const wasRevoked = isRevoked;
          const path = PATHS[index % PATHS.length]!;
          const { status } = await server.composer(path, token);
          answered++;
          if (wasRevoked && status === 200) late.push(path);
          if (wasRevoked) more--;
        }
      });
      while (answered < 50) await setTimeout(1);
      await server.api("DELETE", `/api/tokens/${id}`, shop);
      isRevoked = true;
      await Promise.all(readers);
      expect(late).toEqual([]);
    }
  });

  // `script/broker token revoke` beside the running server, or another instance.
  test("is refused within a second of its revocation by another process", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { id, token } = await sellToken(server, await server.createManagementToken());
    expect((await server.composer("/p2/acme/core.json", token)).status).toBe(200);
    const database = openBeside(server);
    try {
      await revokeToken({ ...server.core, database }, commandLine, id);
      const revokedAt = performance.now();
      while ((await server.composer("/p2/acme/core.json", token)).status === 200) {
        if (performance.now() - revokedAt > 1_000) throw new Error("still answered a second after the revocation");
        await setTimeout(5);
      }
    } finally {
      await database.close();
    }
  });

  test("sees within a second what another process publishes", async () => {
    await using server = await startTestServer(engine);
    const { token } = await sellToken(server, await server.createManagementToken());
    expect((await server.composer("/p2/acme/core.json", token)).status).toBe(404);
    const database = openBeside(server);
    try {
      await hostPackage(database, "acme/core", ["1.0.0"]);
      const publishedAt = performance.now();
      while ((await server.composer("/p2/acme/core.json", token)).status === 404) {
        if (performance.now() - publishedAt > 1_000) throw new Error("not seen a second after the publication");
        await setTimeout(5);
      }
    } finally {
      await database.close();
    }
  });

  // The archive is opened first, then the token is revoked, then the answer would be sent.
  test("gets no archive that was waited for while it was revoked", async () => {
    await using server = await startTestServer(engine);
    const reference = "ab".repeat(20);
    const packageId = await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0", reference }]);
    await storeArchive(server, packageId, reference, Buffer.from("zip"));
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop);
    const { archives } = server.core;
    const openArchive = archives.openArchive.bind(archives);
    const [waiting, release] = [Promise.withResolvers<true>(), Promise.withResolvers<true>()];
    archives.openArchive = async (key) => {
      const opened = await openArchive(key);
      waiting.resolve(true);
      await release.promise;
      return opened;
    };
    const answer = server.composer(`/dist/acme/core/${reference}.zip`, token);
    await waiting.promise;
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    release.resolve(true);
    expect((await answer).status).toBe(401);
    // The request was one request, though it was looked at twice.
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({
      usage: { requests_total: 1, downloads_total: 0 },
    });
  });
});

describe.each(testEngines)("a look-up on %s", (engine) => {
  // Begins before a revocation, ends after it: what it read is the state before.
  test("that a revocation overtakes is made again, and what others hold of the token is void", async () => {
    await using made = await createTestDatabase(engine);
    const { database } = made;
    const clock = createTestClock();
    const deps = { database, clock, cipher: createCipher(Buffer.alloc(32)), budgets: testBudgets.customer };
    await database.db.insertInto("shops").values({ name: "default", created_at: 1 }).execute();
    const actor = { kind: "management_token", id: "mgmt_1", requestId: null } as const;
    const caller = { actor, shop: "default", packageBound: null, scopes: new Set<never>() };
    const created = await createToken(deps, caller, { description: "x" });
    if (!created.created) throw new Error("no token");
    const credentials = createCredentials(deps);
    const header = `Bearer ${created.secret}`;
    // Two connections of one customer, both cold.
    const resolve = async () => {
      const found = await credentials.resolve(header);
      if ("problem" in found || "isLimited" in found) throw new Error("not resolved");
      return found;
    };
    const [first, second] = await Promise.all([resolve(), resolve()]);
    expect([credentials.isInForce(first), credentials.isInForce(second)]).toEqual([true, true]);
    const overtaken = credentials.resolve(header);
    await revokeToken(deps, commandLine, created.token.id);
    expect(await credentials.resolve(header)).toMatchObject({ problem: "revoked" });
    const late = await overtaken;
    if (!("problem" in late) && !("isLimited" in late)) expect(credentials.isInForce(late)).toBe(false);
    expect([credentials.isInForce(first), credentials.isInForce(second)]).toEqual([false, false]);
    expect(credentials.cached(header)).toBeUndefined();
  });
});

// Whoever reads the list of packages waits, and is asked for its token before and not after.
test("a token that is revoked while its first request waits for the list of packages gets nothing", async () => {
  await using server = await startTestServer("postgres");
  const { database } = server.core;
  await hostPackage(database, "acme/core", ["1.0.0"]);
  const shop = await server.createManagementToken();
  const { id, token } = await sellToken(server, shop);
  const [locked, release] = [Promise.withResolvers<true>(), Promise.withResolvers<true>()];
  const holder = database.db.transaction().execute(async (trx) => {
    await sql`lock table packages in access exclusive mode`.execute(trx);
    locked.resolve(true);
    await release.promise;
  });
  await locked.promise;
  database.changes.emit("packages");
  const answer = server.composer("/list.json", token);
  await setTimeout(100);
  await server.api("DELETE", `/api/tokens/${id}`, shop);
  release.resolve(true);
  await holder;
  expect((await answer).status).toBe(401);
});

/** Takes away what every look-up of a credential needs, and what tells whether one was made: it would be a 500. */
async function withoutDatabase(server: TestServer): Promise<void> {
  const { db } = server.core.database;
  for (const table of ["tokens", "rotated_secrets", "grants", "versions", "packages"] as const) {
    await db.schema.alterTable(table).renameTo(`gone_${table}`).execute();
  }
}

describe.each(testEngines)("what is known on %s", (engine) => {
  const basic = (user: string, secret: string) => `Basic ${Buffer.from(`${user}:${secret}`).toString("base64")}`;

  // With 300 order lines a look-up took seconds, and another user name made another one.
  test("is answered without the database, whatever user name and spelling comes with the secret", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
    const { token } = await sellToken(server, await server.createManagementToken());
    expect((await server.composer("/p2/acme/core.json", token)).status).toBe(200);
    const date = (await server.composer("/packages.json", token)).headers.get("last-modified")!;
    await withoutDatabase(server);
    const spellings = [
      basic("token", token),
      `Bearer ${token}`,
      ...Array.from({ length: 50 }, (_, index) => basic(`user${index}`, token)),
      // Too long to be kept.
      basic("x".repeat(2_000), token),
    ];
    for (const authorization of spellings) {
      const answer = await server.composer("/p2/acme/core.json", undefined, { authorization });
      expect(answer.status, authorization.slice(0, 40)).toBe(200);
    }
    expect((await server.composer("/packages.json", token, { "if-modified-since": date })).status).toBe(304);
  });

  test("is looked up once for all who ask at the same time", async () => {
    await using made = await createTestDatabase(engine);
    const { database, queries } = recordQueries(made.database);
    const cipher = createCipher(Buffer.alloc(32));
    const deps = { database, clock: createTestClock(), cipher, budgets: testBudgets.customer };
    await database.db.insertInto("shops").values({ name: "default", created_at: 1 }).execute();
    const actor = { kind: "management_token", id: "mgmt_1", requestId: null } as const;
    const caller = { actor, shop: "default", packageBound: null, scopes: new Set<never>() };
    const created = await createToken(deps, caller, { description: "x" });
    if (!created.created) throw new Error("no token");
    const credentials = createCredentials(deps);
    const headers = Array.from({ length: 12 }, (_, index) => basic(`user${index}`, created.secret));
    queries.length = 0;
    await credentials.resolve(headers[0]);
    const once = queries.length;
    database.changes.emit(`token:${created.token.id}`);
    queries.length = 0;
    await Promise.all(headers.map((header) => credentials.resolve(header)));
    expect(queries).toHaveLength(once);
  });

  test("that is unknown is looked up once until something changes, and then again", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const secret = newSecret("pbt");
    expect((await server.composer("/packages.json", secret)).status).toBe(401);
    // Nobody can guess a secret before it is made; a restored row is the nearest to it.
    const { id } = await sellToken(server, shop);
    const { database } = server.core;
    expect((await server.composer("/packages.json", secret)).status).toBe(401);
    await database.transaction(async (trx, changed) => {
      await trx
        .updateTable("tokens")
        .set({ secret_hash: hashSecret(secret) })
        .where("id", "=", id)
        .execute();
      changed(`token:${id}`);
    });
    expect((await server.composer("/packages.json", secret)).status).toBe(200);
    const repeated = newSecret("pbt");
    expect((await server.composer("/packages.json", repeated)).status).toBe(401);
    await withoutDatabase(server);
    for (const user of ["a", "b", "c"]) {
      const headers = { authorization: basic(user, repeated) };
      expect((await server.composer("/packages.json", undefined, headers)).status).toBe(401);
    }
    const cold = await server.composer("/packages.json", newSecret("pbt"));
    expect([cold.status, cold.headers.get("content-type")]).toEqual([500, "application/json"]);
    expect(cold.text).not.toContain("tokens");
  });

  test("of a token past its limit is refused before its grants are read, also right after a change", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop, { rate_limit_max: 2 });
    const read = (user: string) => server.composer("/packages.json", undefined, { authorization: basic(user, token) });
    expect([(await read("a")).status, (await read("b")).status, (await read("c")).status]).toEqual([200, 200, 429]);
    expect((await server.api("PATCH", `/api/tokens/${id}`, shop, { description: "y" })).status).toBe(200);
    await server.core.database.db.schema.alterTable("grants").renameTo("gone").execute();
    const refused = await read("d");
    expect([refused.status, refused.headers.get("x-ratelimit-remaining")]).toEqual([429, "0"]);
    // One more is free: now they are needed.
    server.clock.advanceSeconds(1_800);
    expect((await read("e")).status).toBe(500);
  });
});
