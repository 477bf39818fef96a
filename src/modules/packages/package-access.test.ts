import { describe, expect, test } from "vitest";
import { patternCovers, parseGrantPattern } from "../../composer/index.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { patternsCovering } from "../grants/index.ts";

const NOW = 1_800_000_000;
const SCOPES = ["tokens:read", "tokens:write", "packages:read", "customers:read"];

interface Page {
  tokens: number | null;
  customers: number | null;
  access: { token_id: string; pattern: string; versions: string; expires_at: number | null }[];
}

async function accessTo(server: TestServer, by: string, name: string, query = "") {
  const answer = await server.api("GET", `/api/packages/${name}/access${query}`, by);
  expect(answer.status, answer.text).toBe(200);
  return { page: answer.json() as Page, link: answer.headers.get("link") };
}

test("the patterns that cover a name are all of those that a grant may have and that cover it", () => {
  const patterns = patternsCovering("acme/check-out");
  expect(patterns).toEqual(expect.arrayContaining(["*", "acme/check-out", "acme/", "acme/c*", "acme/check-*"]));
  for (const text of patterns.slice(1)) {
    const parsed = parseGrantPattern(text);
    if (parsed.ok) expect(patternCovers(parsed.value, "acme/check-out"), text).toBe(true);
  }
  expect(patterns).not.toContain("acme/check-out-pro");
});

describe.each(testEngines)("GET /api/packages/{vendor}/{name}/access on %s", (engine) => {
  test("lists exactly the active tokens that composer would let at the package", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/checkout", ["1.0.0"]);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const sell = async (prefixes: string[] | undefined, more: Record<string, unknown> = {}) =>
      await sellToken(server, owner, { allowed_package_prefixes: prefixes, ...more });
    const sold = [
      await sell(["acme/checkout"], { metadata: { customer_id: 7, customer_email: "Ada@example.com" } }),
      await sell(["acme/*", "globex/"], { metadata: { customer_id: 7 }, expires_at: NOW + 500 }),
      await sell(["acme/check*"]),
      await sell(undefined),
      await sell(["acme/checkout-pro"]),
      await sell(["globex/"]),
      await sell(["acme/checkout"], { expires_at: NOW - 1 }),
      await sell(["acme/checkout"]),
    ];
    const revoked = sold.at(-1);
    expect((await server.api("DELETE", `/api/tokens/${revoked?.id}`, owner)).status).toBe(200);
    const open = [];
    for (const { id, token } of sold) {
      const { status, text } = await server.composer("/p2/acme/checkout.json", token);
      if (status === 200 && text.includes("1.0.0")) open.push(id);
    }
    const { page } = await accessTo(server, owner, "acme/checkout");
    expect(page.access.map(({ token_id }) => token_id).sort()).toEqual(open.sort());
    expect(page).toMatchObject({ tokens: 4, customers: 1 });
    expect(page.access.find(({ token_id }) => token_id === sold[0]?.id)).toEqual({
      ...{ token_id: sold[0]?.id, description: "A sale", shop: "default", customer_id: "7" },
      ...{ customer_email: "ada@example.com", pattern: "acme/checkout", versions: "all", updates_until: null },
      ...{ expires_at: null, last_used_at: NOW },
    });
    expect(page.access.find(({ token_id }) => token_id === sold[1]?.id)).toMatchObject({ expires_at: NOW + 500 });
    expect((await server.api("GET", "/api/packages/acme/other/access", owner)).status).toBe(404);
  });

  test("counts what the customer holds, where the token reads it, and says how far a grant reaches", async () => {
    await using server = await startTestServer(engine);
    const { db } = server.core.database;
    await hostPackage(server.core.database, "acme/checkout", ["1.0.0"]);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const metadata = { customer_id: 7 };
    const shared = await sellToken(server, owner, { access: "customer", metadata });
    const own = await sellToken(server, owner, { allowed_package_prefixes: ["globex/"], metadata });
    const { customer } = await db
      .selectFrom("tokens")
      .select("customer")
      .where("id", "=", own.id)
      .executeTakeFirstOrThrow();
    const grant = {
      ...{ token: null, customer, version_constraint: null, stability: null, updates_until: null, starts_at: null },
      ...{ expires_at: null, order_id: "1", occurred_at: null, created_at: 1, updated_at: 1, revoked_at: null },
    };
    const dated = { version_constraint: "^1.0", stability: "beta", updates_until: NOW + 9 };
    const insert = async (id: string, pattern: string, more: object) =>
      await db
        .insertInto("grants")
        .values({ id, package_pattern: pattern, line: id, ...grant, ...more })
        .execute();
    await insert("grant_a", "acme/", { starts_at: NOW + 1 });
    expect((await accessTo(server, owner, "acme/checkout")).page).toEqual({ tokens: 0, customers: 0, access: [] });
    await insert("grant_b", "acme/checkout", dated);
    expect((await accessTo(server, owner, "acme/checkout")).page).toMatchObject({
      ...{ tokens: 1, customers: 1 },
      access: [{ token_id: shared.id, versions: "^1.0, beta or more stable", updates_until: NOW + 9 }],
    });
    await insert("grant_c", "acme/ch*", {});
    expect((await accessTo(server, owner, "acme/checkout")).page.access).toMatchObject([
      { token_id: shared.id, pattern: "acme/ch*", versions: "all", updates_until: null },
    ]);
  });

  test("counts each token once where thousands hold it, too, and says so again for ten seconds", async () => {
    await using server = await startTestServer(engine);
    const { db } = server.core.database;
    await hostPackage(server.core.database, "acme/checkout", ["1.0.0"]);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const metadata = { customer_id: 7 };
    const prefixes = { allowed_package_prefixes: ["acme/"] };
    const sold = [
      await sellToken(server, owner, { ...prefixes, metadata: { customer_id: 8 } }),
      await sellToken(server, owner, { access: "customer", metadata }),
      await sellToken(server, owner, { access: "customer", ...prefixes, metadata }),
      await sellToken(server, owner, prefixes),
    ];
    await sellToken(server, owner, { ...prefixes, expires_at: NOW - 1 });
    const customers = await db.selectFrom("customers").select("id").where("customer_id", "=", "7").execute();
    const grant = {
      ...{ version_constraint: null, stability: null, updates_until: null, starts_at: null, expires_at: null },
      ...{ order_id: null, line: null, occurred_at: null, created_at: 1, updated_at: 1, revoked_at: null },
    };
    const holders = [
      { token: null, customer: customers[0]?.id ?? "" },
      ...Array.from({ length: 5_000 }, () => ({ token: sold[0]?.id ?? "", customer: null })),
    ];
    const rows = holders.map((holder, index) => ({
      ...{ id: `grant_${index}`, package_pattern: "acme/ch*" },
      ...{ ...grant, ...holder },
    }));
    for (let start = 0; start < rows.length; start += 500) {
      await db
        .insertInto("grants")
        .values(rows.slice(start, start + 500))
        .execute();
    }
    const { page } = await accessTo(server, owner, "acme/checkout");
    expect(page).toMatchObject({ tokens: 4, customers: 2 });
    expect(page.access.map(({ token_id }) => token_id).toSorted()).toEqual(sold.map(({ id }) => id).toSorted());
    await server.api("DELETE", `/api/tokens/${sold[3]?.id}`, owner);
    const again = (await accessTo(server, owner, "acme/checkout")).page;
    expect([again.tokens, again.access.length]).toEqual([4, 3]);
    server.clock.advanceSeconds(10);
    expect((await accessTo(server, owner, "acme/checkout")).page.tokens).toBe(3);
  });

  test("shows each page once, newest first, and nothing of another shop or past the caller's bound", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/checkout", ["1.0.0"]);
    const owner = await server.createManagementToken({ scopes: SCOPES });
    const other = await server.createManagementToken({ scopes: SCOPES, shop: "other" });
    const sold: string[] = [];
    for (let index = 0; index < 5; index++) {
      if (index > 1) server.clock.advanceSeconds(1);
      sold.unshift((await sellToken(server, owner, { allowed_package_prefixes: ["acme/"] })).id);
    }
    await sellToken(server, other, { allowed_package_prefixes: ["acme/"] });
    const seen: string[] = [];
    let query = "?limit=2";
    const totals = [];
    for (let pages = 0; pages < 3; pages++) {
      const { page, link } = await accessTo(server, owner, "acme/checkout", query);
      seen.push(...page.access.map(({ token_id }) => token_id));
      totals.push(page.tokens);
      query = link === null ? "" : new URL(link.slice(1, link.indexOf(">"))).search;
    }
    expect(query).toBe("");
    expect(totals).toEqual([5, null, null]);
    expect(seen.slice(0, 3)).toEqual(sold.slice(0, 3));
    expect(seen.toSorted()).toEqual(sold.toSorted());
    const bounded = await server.createManagementToken({ scopes: SCOPES, prefixes: ["acme/checkout"] });
    expect((await accessTo(server, bounded, "acme/checkout")).page).toMatchObject({ tokens: 0, access: [] });
    const foreign = await server.api("GET", "/api/packages/acme/checkout/access?shop=other", owner);
    expect(foreign.status).toBe(404);
  });
});

describe.each(testEngines)("the latest version of a package on %s", (engine) => {
  test("is the newest stable one, else the newest, and none where nothing is offered any more", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    const owner = await server.createManagementToken({ scopes: ["packages:read"] });
    await hostPackage(database, "acme/a", ["1.9.0", "1.10.0", "2.0.0-beta1", { version: "3.0.0", isWithdrawn: true }]);
    await hostPackage(database, "acme/b", ["1.0.0-alpha1", "1.0.0-beta1"]);
    await hostPackage(database, "acme/c", [{ version: "1.0.0", isWithdrawn: true }]);
    const list = (await server.api("GET", "/api/packages", owner)).json();
    expect(list).toMatchObject([
      { name: "acme/a", latest_version: "1.10.0" },
      { name: "acme/b", latest_version: "1.0.0-beta1" },
      { name: "acme/c", latest_version: null, versions: 0 },
    ]);
    const shown = (await server.api("GET", "/api/packages/acme/a", owner)).json();
    expect(shown).toMatchObject({ latest_version: "1.10.0", readme: null });
  });
});
