import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import type { SoldToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const HERE = "/api/customers/42";
const ALL = { scopes: [...SCOPES] };
const metadata = { customer_id: 42, customer_email: "ann@example.com" };

async function open(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  for (const name of ["acme/core", "acme/extra"]) await hostPackage(server.core.database, name, ["1.0.0"]);
  const shop = await server.createManagementToken(ALL);
  const call = async (method: string, path: string, body?: unknown, headers = {}) => {
    const answer = await server.api(method, path, shop, body, headers);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.json() as Record<string, unknown>;
  };
  const line = (number: string, body: unknown) => call("PUT", `${HERE}/grants/default/o1/${number}`, body);
  return { server, shop, call, line };
}

async function statuses(server: TestServer, sold: SoldToken[], name = "acme/core"): Promise<number[]> {
  return await Promise.all(
    sold.map(async ({ token }) => {
      const answer = await server.composer(`/p2/${name}.json`, token);
      const isEmpty =
        answer.status === 200 &&
        Object.values((answer.json() as { packages: object }).packages).every((some: unknown[]) => some.length === 0);
      return isEmpty ? 402 : answer.status;
    }),
  );
}

const actionsOf = async (server: TestServer) =>
  (await server.core.database.db.selectFrom("audit_events").select("action").execute())
    .map(({ action }) => action)
    .filter((action) => action.endsWith("restored"))
    .sort();

describe.each(testEngines)("POST /api/customers/{customer_id}/restore on %s", (engine) => {
  test("lets what the revocation ended work again at once, with the same secrets, and nothing that ended before", async () => {
    const { server: opened, shop, call, line } = await open(engine);
    await using server = opened;
    const own = await sellToken(server, shop, { metadata, allowed_package_prefixes: ["acme/core"] });
    const reader = await sellToken(server, shop, { metadata, access: "customer" });
    const refunded = await sellToken(server, shop, { metadata, allowed_package_prefixes: ["acme/"] });
    const lapsed = await sellToken(server, shop, { metadata, expires_at: NOW });
    await line("1", { package: "acme/core", occurred_at: NOW - 500 });
    await line("2", { package: "acme/extra", occurred_at: NOW - 400 });
    await call("DELETE", `${HERE}/grants/default/o1/2`);
    await call("DELETE", `/api/tokens/${refunded.id}`);
    const grantsBefore = await call("GET", `${HERE}/grants`);
    server.clock.advanceSeconds(10);
    const sold = [own, reader, refunded, lapsed];
    expect(await statuses(server, sold)).toEqual([200, 200, 401, 401]);
    expect(await call("POST", `${HERE}/revoke`)).toMatchObject({ tokens_revoked: 3, grants_revoked: 1 });
    expect(await call("GET", HERE)).toMatchObject({ revoked_at: NOW + 10, tokens: { active: 0, revoked: 4 } });
    expect(await statuses(server, sold)).toEqual([401, 401, 401, 401]);
    server.clock.advanceSeconds(1000);

    expect(await call("POST", `${HERE}/restore`)).toEqual({
      ...{ message: "Customer restored", tokens_restored: 3, grants_restored: 1 },
    });
    expect(await statuses(server, sold)).toEqual([200, 200, 401, 401]);
    expect(await statuses(server, [reader], "acme/extra")).toEqual([402]);
    expect(await call("GET", HERE)).toMatchObject({
      ...{ revoked_at: null, tokens: { active: 2, expired: 1, revoked: 1 } },
    });
    expect(await call("GET", `${HERE}/grants`)).toEqual(grantsBefore);
    expect(await actionsOf(server)).toEqual(["customer.restored", ...Array<string>(3).fill("token.restored")]);

    // A button pressed twice, and a customer that was never revoked.
    expect(await call("POST", `${HERE}/restore`)).toEqual({
      ...{ message: "Customer was not revoked", tokens_restored: 0, grants_restored: 0 },
    });
    expect(await statuses(server, sold)).toEqual([200, 200, 401, 401]);
    expect(await actionsOf(server)).toHaveLength(4);
  });

  test("undoes the last revocation that ended something, however often it was repeated, and no earlier one", async () => {
    const { server: opened, shop, call, line } = await open(engine);
    await using server = opened;
    const first = await sellToken(server, shop, { metadata });
    await line("1", { package: "acme/core", occurred_at: NOW - 5 });
    await call("POST", `${HERE}/revoke`);
    server.clock.advanceSeconds(10);
    // The shop sells again to somebody it threw out once.
    const second = await sellToken(server, shop, { metadata });
    await line("2", { package: "acme/extra", occurred_at: NOW + 5 });
    server.clock.advanceSeconds(10);
    for (const advance of [0, 60, 0]) {
      await call("POST", `${HERE}/revoke`);
      server.clock.advanceSeconds(advance);
    }
    expect(await call("POST", `${HERE}/restore`)).toMatchObject({ tokens_restored: 1, grants_restored: 1 });
    expect(await statuses(server, [first, second])).toEqual([401, 200]);
    expect(await call("GET", `${HERE}/grants/default/o1/1`)).toMatchObject({ status: "revoked" });
    expect(await call("GET", `${HERE}/grants/default/o1/2`)).toMatchObject({ status: "active" });
    // What was sold before the restored revocation and is told only now is there as if nothing had happened.
    expect(await line("3", { package: "acme/core", occurred_at: NOW + 6 })).toMatchObject({ status: "active" });
    expect(await call("POST", `${HERE}/restore`)).toMatchObject({ tokens_restored: 0 });
  });

  test("counts what happened meanwhile: sales, changes and cancellations of single lines and tokens", async () => {
    const { server: opened, shop, call, line } = await open(engine);
    await using server = opened;
    const token = await sellToken(server, shop, { metadata, access: "customer" });
    await line("1", { package: "acme/core", occurred_at: NOW - 5 });
    await line("2", { package: "acme/extra", occurred_at: NOW - 5 });
    await call("POST", `${HERE}/revoke`);
    server.clock.advanceSeconds(10);
    await call("DELETE", `${HERE}/grants/default/o1/1`);
    await call("DELETE", `/api/tokens/${token.id}`);
    expect(await call("POST", `${HERE}/restore`)).toMatchObject({ tokens_restored: 1, grants_restored: 1 });
    expect(await statuses(server, [token])).toEqual([402]);
    expect(await statuses(server, [token], "acme/extra")).toEqual([200]);
  });

  test("brings back the overlap of a rotation as well, to the second", async () => {
    const { server: opened, shop, call } = await open(engine);
    await using server = opened;
    const before = await sellToken(server, shop, { metadata });
    const { token } = (await call("POST", `/api/tokens/${before.id}/rotate`, { overlap_seconds: 1000 })) as {
      token: string;
    };
    const after = { ...before, token };
    await call("POST", `${HERE}/revoke`);
    expect(await statuses(server, [before, after])).toEqual([401, 401]);
    server.clock.advanceSeconds(999);
    await call("POST", `${HERE}/restore`);
    expect(await statuses(server, [before, after])).toEqual([200, 200]);
    server.clock.advanceSeconds(1);
    expect(await statuses(server, [before, after])).toEqual([401, 200]);
  });

  test("leaves an order with its one token: a repeated sale is told of it, before and after", async () => {
    const { server: opened, shop, call } = await open(engine);
    await using server = opened;
    const sale = { description: "Order 7", unique_by: "order", metadata: { ...metadata, order_id: 7 } };
    const sold = await sellToken(server, shop, sale);
    await call("POST", `${HERE}/revoke`);
    expect((await server.api("POST", "/api/tokens", shop, sale)).json()).toMatchObject({ code: "sale.ended" });
    await call("POST", `${HERE}/restore`);
    expect(await call("POST", "/api/tokens", sale)).toMatchObject({ id: sold.id, duplicate: true, status: "active" });
    expect(await statuses(server, [sold])).toEqual([200]);
  });

  test("answers a repetition by its key, and does nothing outside of the caller's bound", async () => {
    const { server: opened, shop, call, line } = await open(engine);
    await using server = opened;
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    await sellToken(server, shop, { metadata, allowed_package_prefixes: ["acme/core"] });
    await line("1", { package: "globex/tool", occurred_at: NOW - 5 });
    await call("POST", `${HERE}/revoke`);
    const refused = await server.api("POST", `${HERE}/restore`, bounded);
    expect(refused.json()).toMatchObject({ status: 404, code: "resource.not_found" });
    expect(await call("GET", HERE)).toMatchObject({ revoked_at: NOW, tokens: { active: 0 } });
    const key = { "idempotency-key": "again" };
    const done = { message: "Customer restored", tokens_restored: 1, grants_restored: 1 };
    expect(await call("POST", `${HERE}/restore`, undefined, key)).toEqual(done);
    await call("POST", `${HERE}/revoke`);
    expect(await call("POST", `${HERE}/restore`, undefined, key)).toEqual(done);
    expect(await call("GET", HERE)).toMatchObject({ tokens: { active: 0 } });
  });
});
