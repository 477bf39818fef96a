import { describe, expect, test } from "vitest";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { testEngines } from "../../testing/database.ts";

describe.each(testEngines)("GET /api/tokens on %s", (engine) => {
  test("answers the spec's fields first, in a bare array, without any secret", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    expect((await server.api("GET", "/api/tokens", shop)).json()).toEqual([]);
    const { id } = await sellToken(server, shop, { metadata: { customer_id: "cust_123" } });
    const answer = await server.api("GET", "/api/tokens?customer_id=cust_123", shop);
    const [token, ...more] = answer.json() as Record<string, unknown>[];
    expect(more).toEqual([]);
    expect(Object.keys(token ?? {}).slice(0, 6)).toEqual([
      "id",
      "description",
      "permissions",
      "expires_at",
      "created_at",
      "last_used_at",
    ]);
    expect(token).toMatchObject({ id, last_used_at: null });
    expect(answer.text).not.toMatch(/pbt_|secret|hash/);
  });

  test("pages newest first, each token once, also when some are revoked on the way", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const made: string[] = [];
    for (let index = 0; index < 7; index++) {
      made.push((await sellToken(server, shop)).id);
      if (index % 3 === 2) server.clock.advanceSeconds(1);
    }
    const seen: string[] = [];
    let path: string | undefined = "/api/tokens?limit=2&status=all";
    while (path !== undefined) {
      const answer = await server.api("GET", path, shop);
      const page = (answer.json() as { id: string }[]).map(({ id }) => id);
      seen.push(...page);
      // A loop that deletes what it is shown must not skip what comes after.
      await server.api("DELETE", `/api/tokens/${page[0] ?? ""}`, shop);
      const link = answer.headers.get("link");
      const next = link === null ? undefined : /^<(.+)>; rel="next"$/.exec(link)?.[1];
      if (next !== undefined) expect(next.startsWith(server.core.config.publicUrl)).toBe(true);
      path = next?.slice(server.core.config.publicUrl.length);
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen)).toEqual(new Set(made));
    expect(seen.slice(0, 1)).toEqual(made.slice(6));
    expect(new Set(seen.slice(-3))).toEqual(new Set(made.slice(0, 3)));
  });

  // The revoke loop of the spec must reach every token of the customer.
  test("never cuts a customer's list short, and cuts others at 100", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await sellToken(server, shop, { metadata: { customer_id: "wholesale" } });
    const { db } = server.core.database;
    const [first] = await db.selectFrom("tokens").selectAll().execute();
    const rows = Array.from({ length: 1_204 }, (_, index) => ({
      ...first!,
      ...{ id: `token_${String(index).padStart(20, "0")}`, secret_hash: String(index), last_four: "xxxx" },
    }));
    // SQLite takes so many values at once.
    for (const half of [rows.slice(0, 602), rows.slice(602)]) await db.insertInto("tokens").values(half).execute();
    expect(await listedIds(server, shop, "?customer_id=wholesale")).toHaveLength(1_205);
    expect(await listedIds(server, shop)).toHaveLength(100);
    expect(await listedIds(server, shop, "?limit=1000")).toHaveLength(1_000);
    const limited = await server.api("GET", "/api/tokens?customer_id=wholesale&limit=5", shop);
    expect(limited.json()).toHaveLength(5);
    expect(limited.headers.get("link")).toContain("customer_id=wholesale");
    const whole = await server.api("GET", "/api/tokens?customer_id=wholesale", shop);
    expect(whole.headers.get("link")).toBeNull();
  });

  test("filters by customer, order, e-mail and status, and combines them", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const now = 1_800_000_000;
    const sell = async (body: Record<string, unknown>) => (await sellToken(server, shop, body)).id;
    const metadata = { customer_id: 1, order_id: 77, customer_email: "Ann@Example.com" };
    const active = await sell({ metadata, expires_at: now + 10 });
    const expired = await sell({ metadata, expires_at: now });
    const revoked = await sell({ metadata });
    await server.api("DELETE", `/api/tokens/${revoked}`, shop);
    const other = await sell({ metadata: { customer_id: 2, order_id: "78", customer_email: "bob@example.com" } });
    const list = async (query: string) => new Set(await listedIds(server, shop, query));
    expect(await list("")).toEqual(new Set([active, expired, other]));
    expect(await list("?customer_id=1")).toEqual(new Set([active, expired]));
    expect(await list("?customer_id=1&status=all")).toEqual(new Set([active, expired, revoked]));
    expect(await list("?order_id=77&status=active")).toEqual(new Set([active]));
    expect(await list("?customer_email=ANN@example.COM&status=expired")).toEqual(new Set([expired]));
    expect(await list("?status=revoked")).toEqual(new Set([revoked]));
    expect(await list("?customer_id=2&order_id=77")).toEqual(new Set());
    expect(await list("?customer_id=nobody")).toEqual(new Set());
    server.clock.advanceSeconds(10);
    expect(await list("?customer_id=1&status=active")).toEqual(new Set());
  });

  test("lists what expires, soonest first or newest first, and what may read a package now", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const now = 1_800_000_000;
    const sell = async (expires_at: number | null, prefix: string) => {
      server.clock.advanceSeconds(1);
      return (await sellToken(server, shop, { expires_at, allowed_package_prefixes: [prefix] })).id;
    };
    const late = await sell(now + 300, "acme/core");
    const soon = await sell(now + 100, "acme/");
    const same = await sell(now + 100, "acme/c*");
    const never = await sell(null, "globex/");
    const past = await sell(now, "acme/core");
    const list = (query: string) => listedIds(server, shop, `?${query}`);
    expect(await list(`status=active&expires_before=${now + 200}`)).toEqual([same, soon]);
    expect(await list(`expires_before=${now + 301}`)).toEqual([past, same, soon, late]);
    const first = await server.api("GET", "/api/tokens?sort=expires_at&limit=2", shop);
    const second = /^<[^>]*?(\?[^>]*)>/.exec(first.headers.get("link") ?? "")?.[1] ?? "";
    const pages = [
      ...(first.json() as { id: string }[]).map(({ id }) => id),
      ...(await listedIds(server, shop, second)),
    ];
    expect(pages).toEqual([past, ...[soon, same].sort((a, b) => pages.indexOf(a) - pages.indexOf(b)), late]);
    expect(await list("package=Acme/Core")).toEqual([past, same, soon, late]);
    expect(await list("package=globex/x&status=active")).toEqual([never]);
    expect(await list("package=initech/x")).toEqual([]);
    const { db } = server.core.database;
    await db.updateTable("grants").set({ expires_at: now }).where("token", "=", soon).execute();
    expect(await list("package=acme/core&status=active")).toEqual([same, late]);
    for (const query of ["package=acme", "package=", "sort=id", "expires_before=soon"]) {
      expect((await server.api("GET", `/api/tokens?${query}`, shop)).status, query).toBe(400);
    }
  });

  // A filter that is not understood must never turn into "all": a revoke loop deletes what it is shown.
  test("refuses an unknown, empty, repeated or broken parameter with 400 that names it", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    await sellToken(server, shop);
    const cases: [query: string, pointer: string][] = [
      ["customer_id=", "?customer_id"],
      ["customer_id", "?customer_id"],
      ["customer_id=1&customer_id=2", "?customer_id"],
      ["customer_id=1&customer_id=", "?customer_id"],
      ["customer_id[]=1", "?customer_id[]"],
      ["customer_id%00=1", "?customer_id\u{FFFD}"],
      ["customer_id=a%00b", "?customer_id"],
      [`customer_id=${"x".repeat(256)}`, "?customer_id"],
      ["customerId=1", "?customerId"],
      ["customer=1", "?customer"],
      ["Customer_id=1", "?Customer_id"],
      ["order_id=", "?order_id"],
      ["order_id=%00", "?order_id"],
      ["customer_email=", "?customer_email"],
      ["customer_email=a%00@b", "?customer_email"],
      ["status=", "?status"],
      ["status=Active", "?status"],
      ["status=active&status=all", "?status"],
      ["limit=", "?limit"],
      ["limit=0", "?limit"],
      ["limit=-1", "?limit"],
      ["limit=1.5", "?limit"],
      ["limit=1e2", "?limit"],
      ["limit=1001", "?limit"],
      ["limit=99999999999999999999", "?limit"],
      ["limit=1&limit=2", "?limit"],
      ["cursor=", "?cursor"],
      ["cursor=abc", "?cursor"],
      [`cursor=${Buffer.from("1:token_a' or 1=1").toString("base64url")}`, "?cursor"],
      [`cursor=${Buffer.from("1:token_\0").toString("base64url")}`, "?cursor"],
      ["__proto__=1", "?__proto__"],
      ["=1", "?"],
      [`${"x".repeat(5_000)}=1`, `?${"x".repeat(100)}`],
    ];
    for (const [query, pointer] of cases) {
      const answer = await server.api("GET", `/api/tokens?${query}`, shop);
      expect(answer.status, query).toBe(400);
      expect((answer.json() as { errors: unknown[] }).errors, query).toContainEqual({
        pointer,
        detail: expect.any(String) as unknown,
      });
      expect(answer.text.length, query).toBeLessThan(1_000);
    }
  });

  test("shows when a token was last used, counted a moment ago", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop);
    server.clock.advanceSeconds(100);
    await server.composer("/packages.json", token);
    expect((await server.api("GET", "/api/tokens", shop)).json()).toMatchObject([{ id, last_used_at: 1_800_000_100 }]);
  });

  // Statistics that cannot be written are no reason to leave a cancelled customer with access.
  test("lists, reads and revokes while usage cannot be written, and loses no count", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken();
    const { id, token } = await sellToken(server, shop);
    await server.composer("/packages.json", token);
    const { schema } = server.core.database.db;
    await schema.alterTable("token_usage").renameTo("gone").execute();
    expect(await listedIds(server, shop)).toEqual([id]);
    await schema.alterTable("gone").renameTo("token_usage").execute();
    const usage = { requests_total: 1, requests_this_hour: 1, downloads_total: 0 };
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({ usage });
    expect((await server.api("GET", `/api/tokens/${id}`, shop)).json()).toMatchObject({ usage });
  });

  describe("keeps a caller within its shop and package bound:", () => {
    test("what is outside is not listed, and 404 to read, change and revoke, and stays as it was", async () => {
      await using server = await startTestServer(engine);
      const owner = await server.createManagementToken();
      const mine = await sellToken(server, owner, { allowed_package_prefixes: ["acme/core", "acme/checkout-*"] });
      const mixed = await sellToken(server, owner, { allowed_package_prefixes: ["acme/core", "globex/x"] });
      const everything = await sellToken(server, owner);
      const narrowed = await sellToken(server, owner, { allowed_package_prefixes: ["acme/core", "globex/x"] });
      await server.api("PATCH", `/api/tokens/${narrowed.id}`, owner, { allowed_package_prefixes: ["acme/core"] });
      const callers = {
        otherShop: await server.createManagementToken({ shop: "other" }),
        bounded: await server.createManagementToken({ prefixes: ["acme/"] }),
        exact: await server.createManagementToken({ prefixes: ["acme/core"] }),
        prefix: await server.createManagementToken({ prefixes: ["acme/core", "acme/check*"] }),
        underscore: await server.createManagementToken({ prefixes: ["acme/core", "acme/checkout_*"] }),
      };
      const visible: Record<keyof typeof callers, string[]> = {
        ...{ otherShop: [], bounded: [mine.id, narrowed.id], exact: [narrowed.id] },
        ...{ prefix: [mine.id, narrowed.id], underscore: [narrowed.id] },
      };
      for (const [name, caller] of Object.entries(callers)) {
        const seen = visible[name as keyof typeof callers];
        expect(new Set(await listedIds(server, caller, "?status=all")), name).toEqual(new Set(seen));
        for (const { id, token } of [mine, mixed, everything, narrowed]) {
          if (seen.includes(id)) continue;
          const answers = [
            await server.api("GET", `/api/tokens/${id}`, caller),
            await server.api("PATCH", `/api/tokens/${id}`, caller, { description: "stolen" }),
            await server.api("DELETE", `/api/tokens/${id}`, caller),
          ];
          for (const answer of answers) {
            expect(answer.status, name).toBe(404);
            expect(answer.json(), name).toMatchObject({ code: "resource.not_found" });
          }
          expect((await server.composer("/packages.json", token)).status).toBe(200);
        }
      }
      const rows = await server.core.database.db.selectFrom("tokens").select(["description", "revoked_at"]).execute();
      expect(rows).toEqual(Array(4).fill({ description: "A sale", revoked_at: null }));
    });

    test("the same customer_id in another shop is another customer", async () => {
      await using server = await startTestServer(engine);
      const one = await server.createManagementToken({ shop: "one" });
      const two = await server.createManagementToken({ shop: "two" });
      const [a, b] = [
        await sellToken(server, one, { metadata: { customer_id: 1, order_id: 1 } }),
        await sellToken(server, two, { metadata: { customer_id: 1, order_id: 1 } }),
      ];
      expect(await listedIds(server, one, "?customer_id=1")).toEqual([a.id]);
      expect(await listedIds(server, two, "?customer_id=1")).toEqual([b.id]);
      expect(await listedIds(server, two, "?order_id=1")).toEqual([b.id]);
    });
  });
});
