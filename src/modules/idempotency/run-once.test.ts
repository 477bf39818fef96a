import { describe, expect, test } from "vitest";
import { createCipher } from "../../platform/crypto/cipher.ts";
import { createTestClock } from "../../testing/clock.ts";
import { createTestDatabase, testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";
import { runOnce } from "./index.ts";

const SALE = { description: "x", metadata: { customer_id: 1 } };

describe.each(testEngines)("Idempotency-Key on %s", (engine) => {
  test("replays the first answer, secret included, and sells once", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const post = (body: unknown) => server.api("POST", "/api/tokens", shop, body, { "idempotency-key": "order-1" });
    const first = await post(SALE);
    expect([first.status, first.headers.get("idempotency-replayed")]).toEqual([201, null]);
    server.clock.advanceSeconds(24 * 3600 - 1);
    // The same JSON, its keys in another order.
    const again = await post({ metadata: { customer_id: 1 }, description: "x" });
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect(again.json()).toEqual(first.json());
    expect(again.headers.get("cache-control")).toBe("no-store");
    expect(await server.core.database.db.selectFrom("tokens").select("id").execute()).toHaveLength(1);
  });

  test("sells once of many at the same time", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const post = () => server.api("POST", "/api/tokens", shop, SALE, { "idempotency-key": "rush" });
    const answers = await Promise.all(Array.from({ length: 8 }, post));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get("idempotency-replayed") === null)).toHaveLength(1);
    expect(await server.core.database.db.selectFrom("tokens").select("id").execute()).toHaveLength(1);
  });

  test("refuses another body under the same key with 422 and makes nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const headers = { "idempotency-key": "k" };
    await sellToken(server, shop, SALE, headers);
    for (const body of [
      { ...SALE, description: "y" },
      { ...SALE, metadata: { customer_id: "1" } },
    ]) {
      const answer = await server.api("POST", "/api/tokens", shop, body, headers);
      expect(answer.json()).toMatchObject({ status: 422, code: "idempotency.key_reused" });
      expect(answer.text).not.toContain("pbt_");
    }
    expect(await server.core.database.db.selectFrom("tokens").select("id").execute()).toHaveLength(1);
  });

  // A user sees all shops and names one by `?shop=`.
  test("answers a sale in another shop under the same key with 422, never with the first shop's token", async () => {
    await using server = await startTestServer(engine);
    for (const shop of ["first", "second"]) await server.createManagementToken({ shop });
    const owner = await logIn(server, { role: "owner" });
    const sell = (shop: string) => owner.api("POST", `/api/tokens?shop=${shop}`, SALE, { "idempotency-key": "k" });
    const first = await sell("first");
    expect((await sell("second")).json()).toMatchObject({ status: 422, code: "idempotency.key_reused" });
    const again = await sell("first");
    expect([again.status, again.text]).toEqual([201, first.text]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const rows = await server.core.database.db.selectFrom("tokens").select("shop").execute();
    expect(rows).toEqual([{ shop: "first" }]);
  });

  test("never says of another shop's customer that it was revoked when it was not", async () => {
    await using server = await startTestServer(engine);
    const body = { metadata: { customer_id: "77" } };
    for (const shop of ["first", "second"]) await sellToken(server, await server.createManagementToken({ shop }), body);
    const owner = await logIn(server, { role: "owner" });
    const revoke = (shop: string) =>
      owner.api("POST", `/api/customers/77/revoke?shop=${shop}`, {}, { "idempotency-key": "k" });
    expect((await revoke("first")).status).toBe(200);
    expect((await revoke("second")).status).toBe(422);
  });

  test("belongs to one management token: another's same key is another sale", async () => {
    await using server = await startTestServer(engine);
    const [one, two] = [await server.createManagementToken(), await server.createManagementToken()];
    const headers = { "idempotency-key": "k" };
    const first = await sellToken(server, one, SALE, headers);
    const second = await sellToken(server, two, SALE, headers);
    expect(second.id).not.toBe(first.id);
  });

  test("is free again after a refusal, and after 24 hours", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const headers = { "idempotency-key": "k" };
    expect((await server.api("POST", "/api/tokens", shop, { description: "" }, headers)).status).toBe(400);
    const first = await sellToken(server, shop, SALE, headers);
    server.clock.advanceSeconds(24 * 3600);
    expect((await sellToken(server, shop, SALE, headers)).id).not.toBe(first.id);
    const keys = await server.core.database.db.selectFrom("idempotency_keys").select("key").execute();
    expect(keys).toEqual([{ key: "k" }]);
  });

  // The handler mails whatever comes with 2xx.
  test("replays what it made as it is now, and never the secret of what has ended", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const order = { description: "x", unique_by: "order", metadata: { order_id: 1 } };
    const { id, token } = await sellToken(server, shop, order, { "idempotency-key": "first" });
    const post = (key: string) => server.api("POST", "/api/tokens", shop, order, { "idempotency-key": key });
    expect((await post("second")).json()).toMatchObject({ id, duplicate: true, status: "active" });
    await server.api("PATCH", `/api/tokens/${id}`, shop, { expires_at: 1_900_000_000 });
    expect((await post("first")).json()).toMatchObject({ id, token, expires_at: 1_900_000_000 });
    const replayed = await post("second");
    expect([replayed.status, replayed.headers.get("idempotency-replayed")]).toEqual([200, "true"]);
    expect(replayed.json()).toMatchObject({ duplicate: true, expires_at: 1_900_000_000 });
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    for (const key of ["first", "second"]) {
      const ended = await post(key);
      expect(ended.json()).toMatchObject({ status: 409, code: "sale.ended" });
      expect(ended.text).not.toContain("pbt_");
    }
  });

  test("never replays a secret that was replaced, of a sale or of a rotation", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id } = await sellToken(server, shop, SALE, { "idempotency-key": "sale" });
    const rotate = (key: string) =>
      server.api("POST", `/api/tokens/${id}/rotate`, shop, {}, { "idempotency-key": key });
    expect((await rotate("r1")).status).toBe(200);
    expect((await rotate("r1")).status).toBe(200);
    const replayed = await server.api("POST", "/api/tokens", shop, SALE, { "idempotency-key": "sale" });
    expect(replayed.json()).toMatchObject({ status: 409, code: "resource.conflict" });
    await rotate("r2");
    expect((await rotate("r1")).json()).toMatchObject({ status: 409, code: "resource.conflict" });
    await server.api("DELETE", `/api/tokens/${id}`, shop);
    expect((await rotate("r2")).json()).toMatchObject({ status: 409, code: "sale.ended" });
  });

  test("of wrong form is 400, and makes nothing", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    for (const key of ["", "x".repeat(256), "caf\u00e9"]) {
      const answer = await server.api("POST", "/api/tokens", shop, SALE, { "idempotency-key": key });
      expect(answer.json(), key).toMatchObject({ status: 400, errors: [{ pointer: "Idempotency-Key" }] });
    }
    expect(await server.core.database.db.selectFrom("tokens").select("id").execute()).toEqual([]);
    await sellToken(server, shop, SALE, { "idempotency-key": "x".repeat(255) });
  });

  describe("runOnce", () => {
    const scope = { caller: "mgmt_1", method: "POST", path: "/x", key: "k", body: {} };

    // What a crash between the effect and the answer leaves must be all or nothing.
    test("keeps neither key nor effect when the effect fails, and runs the next attempt", async () => {
      await using made = await createTestDatabase(engine);
      const { database } = made;
      const deps = { database, cipher: createCipher(Buffer.alloc(32)), clock: createTestClock() };
      await insertManagementToken(made);
      const effect = (fails: boolean) =>
        runOnce(deps, scope, ({ transaction }) =>
          transaction(async (trx) => {
            await trx.insertInto("shops").values({ name: "effect", created_at: 1 }).execute();
            if (fails) throw new Error("crash");
            return { status: 201, body: { token: "secret" }, about: null };
          }),
        );
      await expect(effect(true)).rejects.toThrow("crash");
      const shops = () => database.db.selectFrom("shops").select("name").where("name", "=", "effect").execute();
      expect(await shops()).toEqual([]);
      expect(await database.db.selectFrom("idempotency_keys").selectAll().execute()).toEqual([]);
      expect(await effect(false)).toEqual({ status: 201, body: { token: "secret" }, replayed: false });
      expect(await effect(false)).toEqual({ status: 201, body: { token: "secret" }, replayed: true });
      const [row] = await database.db.selectFrom("idempotency_keys").selectAll().execute();
      expect(JSON.stringify(row)).not.toContain("secret");
    });

    // A cache that hears of a change before its commit would read the old state and keep it.
    test("tells of changes after the outer commit only, and of none when it fails", async () => {
      await using made = await createTestDatabase(engine);
      const { database } = made;
      const deps = { database, cipher: createCipher(Buffer.alloc(32)), clock: createTestClock() };
      await insertManagementToken(made);
      const told: string[] = [];
      database.changes.subscribe((topic) => told.push(topic));
      const run = (key: string, fails: boolean) =>
        runOnce(deps, { ...scope, key }, async ({ transaction }) => {
          await transaction((_trx, changed) => {
            changed("token:1");
            return Promise.resolve();
          });
          expect(told).toEqual([]);
          if (fails) throw new Error("crash");
          return { status: 201, body: {}, about: null };
        });
      await expect(run("a", true)).rejects.toThrow("crash");
      expect(told).toEqual([]);
      await run("b", false);
      expect(told).toEqual(["token:1"]);
    });
  });
});

async function insertManagementToken({ database }: Awaited<ReturnType<typeof createTestDatabase>>): Promise<void> {
  await database.db.insertInto("shops").values({ name: "default", created_at: 1 }).execute();
  await database.db
    .insertInto("management_tokens")
    .values({
      ...{ id: "mgmt_1", name: "x", secret_hash: "x", last_four: "xxxx", scopes: "[]", shop: "default" },
      ...{
        package_bound: null,
        expires_at: null,
        created_by: "cli",
        created_at: 1,
        revoked_at: null,
        last_used_at: null,
      },
    })
    .execute();
}
