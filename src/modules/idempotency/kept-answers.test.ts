import { afterEach, describe, expect, test, vi } from "vitest";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { createAnswerUpkeep, eraseAnswers, findKeptValue, keepValue, runOnce, SEALED_ANSWERS } from "./index.ts";
import type { Answer } from "./index.ts";

const NOW = 1_800_000_000;

async function setUp(engine: TestEngine) {
  const made = await createTestDatabase(engine);
  const deps = { database: made.database, cipher: createCipher(Buffer.alloc(32)), clock: createTestClock(NOW) };
  const { db } = made.database;
  return {
    ...deps,
    db,
    /** Another answer each time it runs. */
    ask: async (
      request: { key?: string; path?: string; body?: unknown; query?: unknown },
      about: Answer["about"] = null,
    ) => {
      const scope = { caller: "mgmt_1", method: "POST", path: "/x", body: {}, key: "k", ...request };
      const body = { made: Math.random() };
      return await runOnce(deps, scope, () => Promise.resolve({ status: 201, body, about }));
    },
    keys: async () =>
      (await db.selectFrom("idempotency_keys").select("key").orderBy("key").execute()).map(({ key }) => key),
    rows: () => db.selectFrom("idempotency_keys").selectAll().orderBy("key").execute(),
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

describe.each(testEngines)("a repetition on %s", (engine) => {
  test("is the same JSON, however its names are ordered, and nothing else", async () => {
    await using bench = await setUp(engine);
    const body = { b: { d: 1, c: [{ y: null, x: 2 }, "z"] }, a: null };
    const first = await bench.ask({ body });
    expect(first.replayed).toBe(false);
    expect(await bench.ask({ body: { a: null, b: { c: [{ x: 2, y: null }, "z"], d: 1 } } })).toEqual({
      ...first,
      replayed: true,
    });
    for (const other of [
      { ...body, a: {} },
      { ...body, a: [] },
      { ...body, b: { ...body.b, c: ["z", { y: null, x: 2 }] } },
      { ...body, b: { ...body.b, d: "1" } },
      [body],
      null,
    ]) {
      await expect(bench.ask({ body: other })).rejects.toMatchObject({ code: "idempotency.key_reused" });
    }
  });

  test("has the same query, where none is the same as an empty one", async () => {
    await using bench = await setUp(engine);
    const first = await bench.ask({});
    expect(await bench.ask({ query: {} })).toEqual({ ...first, replayed: true });
    await expect(bench.ask({ query: { shop: "b" } })).rejects.toMatchObject({ code: "idempotency.key_reused" });
    // Answers of before queries counted are found again.
    await expect(bench.ask({ body: { body: {}, query: {} } })).rejects.toMatchObject({
      code: "idempotency.key_reused",
    });
  });

  test("never is one without a key, or under a key that is none", async () => {
    await using bench = await setUp(engine);
    const deps = { database: bench.database, cipher: bench.cipher, clock: bench.clock };
    const scope = { caller: "mgmt_1", method: "POST", path: "/x", body: {} };
    const ask = (key: string | string[] | undefined) =>
      runOnce(deps, { ...scope, key }, () => Promise.resolve({ status: 200, body: {}, about: null }));
    expect(await ask(undefined)).toEqual({ status: 200, body: {}, replayed: false });
    expect(await bench.keys()).toEqual([]);
    for (const key of ["\u0001k", "k\u0001", "\u00e9k", ["a", "b"]]) {
      await expect(ask(key)).rejects.toMatchObject({ code: "request.invalid" });
    }
  });

  // One key for each order, and two orders' tokens rotated by it.
  test("is of one path: what is done to another thing under the same key is done", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const rotate = async (id: string) =>
      (await server.api("POST", `/api/tokens/${id}/rotate`, shop, {}, { "idempotency-key": "k" })).json() as {
        id: string;
        token: string;
      };
    const [one, two] = [await sellToken(server, shop, {}), await sellToken(server, shop, {})];
    const [first, second] = [await rotate(one.id), await rotate(two.id)];
    expect([first.id, second.id]).toEqual([one.id, two.id]);
    expect(await rotate(one.id)).toEqual(first);
    const paths = (await server.core.database.db.selectFrom("idempotency_keys").select("path").execute()).map(
      ({ path }) => path,
    );
    expect(paths.sort()).toEqual([one.id, two.id].map((id) => `/api/tokens/${id}/rotate`).sort());
  });
});

describe.each(testEngines)("what is kept on %s", (engine) => {
  test("says of whom it is, and goes with them, and with nobody else", async () => {
    await using bench = await setUp(engine);
    await bench.ask({ key: "customer" }, { customer: "cust_1" });
    await bench.ask({ key: "other customer" }, { customer: "cust_2" });
    await bench.ask({ key: "token" }, { token: "token_0" });
    await bench.ask({ key: "last token" }, { token: "token_500" });
    await bench.ask({ key: "other token" }, { token: "token_x" });
    await bench.ask({ key: "anybody" }, "anybody");
    await bench.ask({ key: "nobody" }, null);
    const keep = (shop: string, key: string) =>
      keepValue(
        bench.db,
        bench.cipher,
        { caller: `shop:${shop}`, path: "/p", key },
        { value: "v", now: NOW, seconds: 9 },
      );
    await keep("a", "kept");
    await keep("a", "other kept");
    await keep("b", "kept");
    expect((await bench.rows()).map(({ key, customer, token }) => [key, customer, token])).toEqual(
      [
        ["anybody", null, null],
        ["customer", "cust_1", null],
        ["kept", null, null],
        ["kept", null, null],
        ["last token", null, "token_500"],
        ["nobody", "", null],
        ["other customer", "cust_2", null],
        ["other kept", null, null],
        ["other token", null, "token_x"],
        ["token", null, "token_0"],
      ].sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1)),
    );
    const tokens = Array.from({ length: 501 }, (_, index) => `token_${index}`);
    const keys = [...Array.from({ length: 500 }, (_, index) => `no key ${index}`), "kept"];
    await eraseAnswers(bench.db, { customer: "cust_1", tokens, shop: "a", keys });
    expect(await bench.keys()).toEqual(["kept", "nobody", "other customer", "other kept", "other token"]);
    const left = (await bench.rows()).find(({ key }) => key === "kept");
    expect(left?.caller).toBe("shop:b");
    // Of a guest there is no customer, and nobody's customer is null.
    await eraseAnswers(bench.db, { customer: null, tokens: [], shop: "a", keys: [] });
    expect(await bench.keys()).toHaveLength(5);
  });

  test("is a value until its time is over, under its own name, and sealed", async () => {
    await using bench = await setUp(engine);
    const scope = { caller: "shop:a", path: "/p", key: "k" } as const;
    await keepValue(bench.db, bench.cipher, scope, { value: "secret", now: NOW, seconds: 10 });
    const find = (more: { path?: string; key?: string }, now: number) =>
      findKeptValue(bench.db, bench.cipher, { ...scope, ...more }, now);
    expect(await find({}, NOW + 9)).toBe("secret");
    expect(await find({}, NOW + 10)).toBeUndefined();
    expect(await find({ path: "/q" }, NOW)).toBeUndefined();
    expect(await find({ key: "l" }, NOW)).toBeUndefined();
    expect(JSON.stringify(await bench.rows())).not.toContain("secret");
  });

  // A rotation that found no way to open these would leave a secret under the retired key, or lose it.
  test("is opened by whoever rotates keys, by what the registry says of it", async () => {
    await using bench = await setUp(engine);
    await bench.ask({ key: "answer" });
    await keepValue(
      bench.db,
      bench.cipher,
      { caller: "shop:a", path: "/p", key: "value" },
      { value: '"v"', now: NOW, seconds: 10 },
    );
    const { table, key, column, contextsOf } = SEALED_ANSWERS;
    expect([table, column]).toEqual(["idempotency_keys", "sealed_answer"]);
    for (const row of await bench.rows()) {
      const named = Object.fromEntries(key.map((name) => [name, String(row[name as keyof typeof row])]));
      const opened = contextsOf(named).flatMap((context) => {
        try {
          return [bench.cipher.open(row.sealed_answer, context)];
        } catch {
          return [];
        }
      });
      expect(opened, row.key).toHaveLength(1);
    }
  });
});

describe("the upkeep", () => {
  afterEach(() => void vi.useRealTimers());

  test("clears at the start, every ten minutes and at the end, and goes on after a failure", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    await using bench = await setUp("sqlite");
    const logged: object[] = [];
    let cleared = 0;
    const forgetAlso = () => (++cleared === 2 ? Promise.reject(new Error("disk full")) : Promise.resolve());
    const logger = { error: (facts: object) => void logged.push(facts) };
    const upkeep = createAnswerUpkeep({ database: bench.database, clock: bench.clock, logger, forgetAlso });
    upkeep.start();
    upkeep.start();
    await expect.poll(() => cleared).toBeGreaterThanOrEqual(1);
    await upkeep.runDue();
    const before = cleared;
    vi.advanceTimersByTime(600_000);
    await expect.poll(() => cleared).toBe(before + 1);
    expect(logged).toEqual([{ error: "disk full" }]);
    await upkeep.stop();
    const after = cleared;
    expect(after).toBe(before + 2);
    vi.advanceTimersByTime(6_000_000);
    await upkeep.runDue();
    expect(cleared).toBe(after + 1);
  });

  test("works where nothing else is kept", async () => {
    await using bench = await setUp("sqlite");
    const logger = { error: () => expect.unreachable() };
    const upkeep = createAnswerUpkeep({ database: bench.database, clock: bench.clock, logger });
    await bench.ask({ key: "old" });
    bench.clock.advanceSeconds(24 * 3600);
    await upkeep.runDue();
    expect(await bench.keys()).toEqual([]);
  });
});
