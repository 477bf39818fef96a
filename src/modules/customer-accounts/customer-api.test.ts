import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import type { Caller } from "../callers/index.ts";
import { listTokens } from "../tokens/index.ts";
import { sellToken } from "../../testing/sales.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { listCustomers } from "./index.ts";
import { readCustomer } from "./read-customers.ts";
import { revokeCustomer } from "./revoke-customer.ts";

const NOW = 1_800_000_000;
const PATH = "/api/customers";
const ALL = { scopes: [...SCOPES] };
const user: Caller = { actor: { kind: "user", id: "user_1", requestId: null }, shop: null, packageBound: null };

async function get<T>(server: TestServer, by: string, path: string): Promise<T> {
  const answer = await server.api("GET", path, by);
  expect(answer.status, answer.text).toBe(200);
  return answer.json() as T;
}

async function found(server: TestServer, by: string, q: string): Promise<{ customers: string[]; tokens: string[] }> {
  const query = `?q=${encodeURIComponent(q)}`;
  const customers = await get<{ customer_id: string }[]>(server, by, PATH + query);
  const tokens = await get<{ id: string }[]>(server, by, `/api/tokens${query}&status=all`);
  return {
    customers: customers.map(({ customer_id }) => customer_id).sort(),
    tokens: tokens.map(({ id }) => id).sort(),
  };
}

const deps = (server: TestServer) => ({ ...server.core, usage: { flush: () => Promise.resolve() } });

describe.each(testEngines)("/api/customers on %s", (engine) => {
  test("shows who bought, newest first, with what the tokens come to", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const metadata = { customer_id: 42, customer_email: "Ann@Example.com" };
    const { token } = await sellToken(server, shop, { metadata, expires_at: NOW + 500 });
    await sellToken(server, shop, { metadata, expires_at: NOW + 400 });
    await sellToken(server, shop, { metadata, expires_at: NOW });
    const gone = await sellToken(server, shop, { metadata });
    await server.api("DELETE", `/api/tokens/${gone.id}`, shop);
    server.clock.advanceSeconds(1);
    await sellToken(server, shop, { metadata: { customer_id: "7" } });
    await sellToken(server, shop);
    await server.composer("/packages.json", token);
    const list = await get<Record<string, unknown>[]>(server, shop, PATH);
    expect(list.map((row) => row["customer_id"])).toEqual(["7", "42"]);
    expect(list[1]).toEqual({
      ...{ id: expect.stringMatching(/^cust_/) as unknown, customer_id: "42", shop: "default" },
      ...{
        email: "Ann@Example.com",
        created_at: NOW,
        updated_at: NOW,
        revoked_at: null,
        suspended_at: null,
        erased_at: null,
        failed_mails: null,
      },
      ...{
        tokens: { active: 2, suspended: 0, expired: 1, revoked: 1 },
        last_used_at: NOW + 1,
        next_expires_at: NOW + 400,
      },
    });
    expect(await get(server, shop, `${PATH}/42`)).toEqual({ ...list[1], also_known_as: [], variants: [] });
  });

  test("finds by anything a buyer may quote, and tokens as well", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const sell = (customer_id: string, more: Record<string, unknown> = {}, prefixes = ["globex/"]) =>
      sellToken(server, shop, { allowed_package_prefixes: prefixes, metadata: { customer_id, ...more } });
    const ann = await sell("a/n n", { customer_email: "Ann@Example.com", order_id: "order_1" }, ["acme/check*"]);
    const bob = await sell("bob", { customer_email: "bob@example.com", order_id: "order_2" }, ["acme/core"]);
    await sell("100%", { order_id: "order%" });
    const guest = await sellToken(server, shop, {
      ...{ allowed_package_prefixes: ["globex/"], metadata: { customer_email: "annie@example.com", order_id: 3 } },
    });
    const rotated = ann.token;
    const { token } = (await server.api("POST", `/api/tokens/${ann.id}/rotate`, shop)).json() as { token: string };
    const ofAnn = { customers: ["a/n n"], tokens: [ann.id] };
    for (const q of [
      "a/n n",
      "ANN@example",
      "order_1",
      token.slice(-4),
      ann.id,
      token,
      rotated,
      "Acme/Checkout",
      " order_1 ",
    ]) {
      expect(await found(server, shop, q), q).toEqual(ofAnn);
    }
    expect(await found(server, shop, "ann")).toEqual({ customers: ["a/n n"], tokens: [ann.id, guest.id].sort() });
    expect(await found(server, shop, "3")).toEqual({ customers: [], tokens: [guest.id] });
    expect(await found(server, shop, "acme/core")).toEqual({ customers: ["bob"], tokens: [bob.id] });
    for (const q of ["%", "_", "order_", "order", "' or 1=1 --", "\\", "acme/", "*", "nobody", "a/n", "x@\u{10FFFF}"]) {
      expect(await found(server, shop, q), q).toEqual({ customers: [], tokens: [] });
    }
    for (const query of ["?q=", "?q=%20", "?q=a&q=b", "?q=%00", "?query=a"]) {
      expect((await server.api("GET", PATH + query, shop)).status, query).toBe(400);
    }
    expect(server.logLines.join("\n")).not.toContain(token);
    // A narrowed token does not cover it any more.
    await server.api("PATCH", `/api/tokens/${bob.id}`, shop, { allowed_package_prefixes: ["acme/other"] });
    expect(await found(server, shop, "acme/core")).toEqual({ customers: [], tokens: [] });
  });

  test("finds the same and pages the same where a search finds many, each once", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    await sellToken(server, shop, { metadata: { customer_id: "one", customer_email: "first@example.com" } });
    const { db } = server.core.database;
    const template = await db.selectFrom("customers").selectAll().executeTakeFirstOrThrow();
    const rows = Array.from({ length: 2_300 }, (_, index) => ({
      ...template,
      ...{
        id: `cust_${String(index).padStart(20, "0")}`,
        customer_id: String(index),
        email: `Buyer-${index}@example.com`,
      },
      created_at: NOW + 1 + (index >> 3),
    }));
    for (let start = 0; start < rows.length; start += 500) {
      await db
        .insertInto("customers")
        .values(rows.slice(start, start + 500))
        .execute();
    }
    const ids: string[] = [];
    let next: string | undefined = `${PATH}?q=buyer-&limit=900`;
    while (next !== undefined) {
      const answer = await server.api("GET", next, shop);
      ids.push(...(answer.json() as { customer_id: string }[]).map(({ customer_id }) => customer_id));
      next = /^<[^>]*?(\/api[^>]*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(ids).toEqual(rows.map(({ customer_id }) => customer_id).reverse());
    expect(await get(server, shop, `${PATH}?q=buyer-229`)).toHaveLength(11);
  });

  test("shows a caller its shop and bound only, and a user all shops", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken(ALL);
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const sell = (by: string, customer_id: string, prefix: string) =>
      sellToken(server, by, { metadata: { customer_id }, allowed_package_prefixes: [prefix] });
    await sell(owner, "inside", "acme/core");
    await sell(owner, "mixed", "acme/core");
    await sell(owner, "mixed", "globex/");
    await sell(owner, "both", "acme/");
    await sell(foreign, "both", "acme/");
    const ids = async (by: string, query = "") =>
      (await get<{ customer_id: string }[]>(server, by, PATH + query)).map(({ customer_id }) => customer_id).sort();
    expect(await ids(owner)).toEqual(["both", "inside", "mixed"]);
    expect(await ids(foreign)).toEqual(["both"]);
    expect(await ids(bounded)).toEqual(["both", "inside"]);
    expect(await ids(bounded, "?q=mixed")).toEqual([]);
    expect(await ids(foreign, "?q=acme/core")).toEqual(["both"]);
    expect((await server.api("GET", `${PATH}?shop=foreign`, owner)).status).toBe(404);
    for (const part of ["", "/tokens", "/grants", "/usage", "/history"]) {
      expect((await server.api("GET", `${PATH}/mixed${part}`, bounded)).status, part).toBe(404);
      expect((await server.api("GET", `${PATH}/inside${part}`, foreign)).status, part).toBe(404);
      expect((await server.api("GET", `${PATH}/inside${part}`, bounded)).status, part).toBe(200);
    }
    const all = await listCustomers(deps(server), user, {});
    expect(all.customers).toHaveLength(4);
    const ambiguous = { code: "request.invalid", errors: [{ pointer: "?shop" }] };
    await expect(readCustomer(deps(server), user, "both")).rejects.toMatchObject(ambiguous);
    await expect(revokeCustomer(server.core, user, "both")).rejects.toMatchObject(ambiguous);
    await expect(listTokens(deps(server), user, { customer_id: "both" })).rejects.toMatchObject(ambiguous);
    expect(await readCustomer(deps(server), { ...user, shop: "foreign" }, "both")).toMatchObject({ shop: "foreign" });
    expect(await readCustomer(deps(server), user, "inside")).toMatchObject({ shop: "default" });
  });

  test("shows tokens, grants with their state, usage and history of one customer", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const sell = (prefix: string, more: Record<string, unknown> = {}) =>
      sellToken(server, shop, { metadata: { customer_id: "4/2" }, allowed_package_prefixes: [prefix], ...more });
    const first = await sell("acme/core");
    await sell("acme/lapsed", { expires_at: NOW });
    const gone = await sell("acme/gone");
    await sellToken(server, shop, { metadata: { customer_id: "other" } });
    await server.api("DELETE", `/api/tokens/${gone.id}`, shop);
    await server.composer("/packages.json", first.token);
    const { db } = server.core.database;
    const { id } = await db
      .selectFrom("customers")
      .select("id")
      .where("customer_id", "=", "4/2")
      .executeTakeFirstOrThrow();
    const grant = await db.selectFrom("grants").selectAll().executeTakeFirstOrThrow();
    const own = { ...grant, token: null, customer: id, package_pattern: "acme/own", order_id: "o1", line: "1" };
    await db
      .insertInto("grants")
      .values({ ...own, id: "grant_own1", starts_at: NOW + 5 })
      .execute();
    const at = `${PATH}/4%2F2`;
    expect(await get(server, shop, `${at}/tokens`)).toHaveLength(3);
    const grants = await get<{ package_pattern: string; status: string }[]>(server, shop, `${at}/grants`);
    expect(Object.fromEntries(grants.map(({ package_pattern, status }) => [package_pattern, status]))).toEqual({
      ...{ "acme/core": "active", "acme/lapsed": "lapsed", "acme/gone": "revoked", "acme/own": "pending" },
    });
    expect(grants).toContainEqual({
      ...{ id: "grant_own1", token: null, package_pattern: "acme/own", version_constraint: null, stability: null },
      ...{ updates_until: null, starts_at: NOW + 5, expires_at: null, grace_until: null, order_id: "o1", line: "1" },
      ...{ status: "pending", dependency: false, occurred_at: null, revoked_at: null },
      ...{ suspended_at: null, created_at: NOW },
    });
    expect(grants).toContainEqual(expect.objectContaining({ package_pattern: "acme/gone", revoked_at: NOW }));
    const page = await server.api("GET", `${at}/grants?limit=3`, shop);
    const next = /^<[^>]*?(\/api[^>]*)>/.exec(page.headers.get("link") ?? "")?.[1] ?? "";
    expect([...(page.json() as unknown[]), ...(await get<unknown[]>(server, shop, next))]).toEqual(grants);
    const history = await get<{ action: string; customer_id: string }[]>(server, shop, `${at}/history`);
    expect(history.map(({ action }) => action).sort()).toEqual([
      ...Array<string>(3).fill("token.created"),
      "token.revoked",
    ]);
    expect(new Set(history.map(({ customer_id }) => customer_id))).toEqual(new Set(["4/2"]));
    const usage = await get<{ requests: number }[]>(server, shop, `${at}/usage`);
    expect([usage.length, usage.at(-1)?.requests]).toEqual([30, 1]);
    const other = await get<{ requests: number }[]>(server, shop, `${PATH}/other/usage`);
    expect(other.at(-1)?.requests).toBe(0);
  });

  test("changes the e-mail address, with a record of it", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    await sellToken(server, shop, { metadata: { customer_id: 1, customer_email: "old@example.com" } });
    const patch = (body: unknown) => server.api("PATCH", `${PATH}/1`, shop, body);
    expect((await patch({ email: "new@example.com" })).json()).toMatchObject({ email: "new@example.com" });
    expect((await patch({ email: "new@example.com" })).status).toBe(200);
    expect(await found(server, shop, "NEW@")).toMatchObject({ customers: ["1"] });
    for (const email of ["", "nobody", "a b@c", 1, "a@\0"]) expect((await patch({ email })).status).toBe(400);
    const records = await get<Record<string, unknown>[]>(server, shop, "/api/audit-events?action=customer.*");
    expect(records).toMatchObject([
      {
        ...{ action: "customer.updated", customer_id: "1", shop: "default" },
        personal: { before: { email: "old@example.com" }, after: { email: "new@example.com" } },
      },
    ]);
    expect(JSON.stringify(records[0]?.["details"])).not.toContain("@");
    expect((await patch({ email: null })).json()).toMatchObject({ email: null });
  });

  // A refund: whatever the buyer has, the next request of composer is refused.
  test("revokes everything a customer has at once, once, and nothing of others", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken(ALL);
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const metadata = { customer_id: 1 };
    const mine = [await sellToken(server, shop, { metadata }), await sellToken(server, shop, { metadata })];
    const theirs = [
      await sellToken(server, shop, { metadata: { customer_id: 2 } }),
      await sellToken(server, foreign, { metadata }),
    ];
    const { db } = server.core.database;
    const { customer } = await db
      .selectFrom("tokens")
      .select("customer")
      .where("id", "=", mine[0]!.id)
      .executeTakeFirstOrThrow();
    const grant = await db.selectFrom("grants").selectAll().executeTakeFirstOrThrow();
    await db
      .insertInto("grants")
      .values({ ...grant, id: "grant_own1", token: null, customer })
      .execute();
    for (const { token } of [...mine, ...theirs])
      expect((await server.composer("/packages.json", token)).status).toBe(200);
    const revoke = () => server.api("POST", `${PATH}/1/revoke`, shop, undefined, { "idempotency-key": "k" });
    const done = { message: "Customer revoked", tokens_revoked: 2, grants_revoked: 1 };
    expect((await revoke()).json()).toEqual(done);
    for (const { token } of mine) expect((await server.composer("/packages.json", token)).status).toBe(401);
    for (const { token } of theirs) expect((await server.composer("/packages.json", token)).status).toBe(200);
    const replay = await revoke();
    expect([replay.json(), replay.headers.get("idempotency-replayed")]).toEqual([done, "true"]);
    const again = await server.api("POST", `${PATH}/1/revoke`, shop);
    expect(again.json()).toEqual({ message: "Customer revoked", tokens_revoked: 0, grants_revoked: 0 });
    const history = await get<{ action: string }[]>(server, shop, `${PATH}/1/history`);
    const revocations = history.map(({ action }) => action).filter((action) => action.endsWith("revoked"));
    expect(revocations.sort()).toEqual(["customer.revoked", "token.revoked", "token.revoked"]);
  });
});
