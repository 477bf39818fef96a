import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openedPackages } from "../../testing/opened-packages.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const DAY = 86_400;
const NOW = 1_800_000_000;
const END = NOW + 365 * DAY;
const PACKAGES = ["acme/checkout", "acme/theme", "globex/core"];

const sale = (order_id: string, prefixes: string[], more: Record<string, unknown> = {}) => ({
  ...{ description: `Order ${order_id}`, expires_at: END, allowed_package_prefixes: prefixes },
  ...{ metadata: { customer_id: "c1", customer_email: "c1@example.com", order_id }, ...more },
});

async function start(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  for (const name of PACKAGES) await hostPackage(server.core.database, name, ["1.0.0"]);
  const shop = await server.createManagementToken({ scopes: [...SCOPES], credential: "customer" });
  return { server, shop };
}

const opened = (server: TestServer, secret: string) => openedPackages(server, secret, PACKAGES);

async function lines(server: TestServer, shop: string): Promise<{ order_id: string; line: string }[]> {
  const answer = await server.api("GET", "/api/customers/c1/grants", shop);
  return answer.json() as { order_id: string; line: string }[];
}

describe.each(testEngines)("one credential per customer on %s", (engine) => {
  test("any token of the customer opens all they bought, each part for its own term", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const first = await sellToken(server, shop, sale("TW-1", ["acme/checkout"], { expires_at: NOW + 10 * DAY }));
    const second = await sellToken(server, shop, sale("TW-2", ["acme/theme"]));
    expect(second).not.toHaveProperty("warnings");
    expect(second).toMatchObject({
      ...{ access: "customer", expires_at: END, allowed_package_prefixes: ["acme/theme"], status: "active" },
    });
    for (const { token } of [first, second]) {
      expect(await opened(server, token)).toEqual(["acme/checkout", "acme/theme"]);
    }
    // Bought without the setting, or somebody else's: nothing of that is theirs.
    const plain = await server.createManagementToken();
    const literal = await sellToken(server, plain, sale("TW-3", ["globex/"]));
    expect(await opened(server, literal.token)).toEqual(["globex/core"]);
    expect(await opened(server, second.token)).toEqual(["acme/checkout", "acme/theme"]);
    server.clock.advanceSeconds(11 * DAY);
    for (const { token } of [first, second]) expect(await opened(server, token)).toEqual(["acme/theme"]);
    const seen = (await server.api("GET", `/api/tokens/${first.id}`, shop)).json();
    expect(seen).toMatchObject({ status: "active", expires_at: NOW + 10 * DAY });
  });

  test("a call for each item of an order makes a line each, and a repetition none", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const made = [];
    for (const prefix of ["acme/checkout", "acme/theme", "acme/checkout"]) {
      made.push(await sellToken(server, shop, sale("UPS-1", [prefix])));
    }
    expect((await lines(server, shop)).map(({ line }) => line).sort()).toEqual(["acme/checkout", "acme/theme"]);
    expect(await opened(server, made[0]?.token ?? "")).toEqual(["acme/checkout", "acme/theme"]);
    const { db } = server.core.database;
    expect(await db.selectFrom("grants").select("id").where("token", "is not", null).execute()).toEqual([]);
  });

  test("with one token per order the second item of an order is sold all the same", async () => {
    await using server = await startTestServer(engine);
    for (const name of ["acme/checkout", "acme/theme"]) await hostPackage(server.core.database, name, ["1.0.0"]);
    const shop = await server.createManagementToken({ credential: "customer", uniqueBy: "order" });
    const first = await sellToken(server, shop, sale("UPS-1", ["acme/checkout"]));
    const second = await server.api("POST", "/api/tokens", shop, sale("UPS-1", ["acme/checkout", "acme/theme"]));
    expect([second.status, second.json()]).toMatchObject([201, { token: first.token, duplicate: true }]);
    expect(second.json()).not.toHaveProperty("warnings");
    expect(await opened(server, first.token)).toEqual(["acme/checkout", "acme/theme"]);
  });

  test("DELETE ends a credential and what its order brought; rotating ends no purchase", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const key = { "idempotency-key": "O-1" };
    const first = await sellToken(server, shop, sale("O-1", ["acme/checkout"]), key);
    expect(await sellToken(server, shop, sale("O-1", ["acme/checkout"]), key)).toMatchObject({ token: first.token });
    const second = await sellToken(server, shop, sale("O-2", ["acme/theme"]));
    const rotated = await server.api("POST", `/api/tokens/${first.id}/rotate`, shop, {});
    const { token } = rotated.json() as { token: string };
    expect(await opened(server, first.token)).toBeUndefined();
    expect(await opened(server, token)).toEqual(["acme/checkout", "acme/theme"]);
    expect((await server.api("DELETE", `/api/tokens/${first.id}`, shop)).status).toBe(200);
    expect(await opened(server, token)).toBeUndefined();
    expect(await opened(server, second.token)).toEqual(["acme/theme"]);
    await server.api("POST", `/api/tokens/${first.id}/restore`, shop, {});
    expect(await opened(server, token)).toEqual(["acme/checkout", "acme/theme"]);
    await server.api("DELETE", `/api/tokens/${first.id}`, shop);
    // Delivered again after its end it is not sold, in whatever way.
    for (const more of [{}, { unique_by: "order" }]) {
      const late = await server.api("POST", "/api/tokens", shop, sale("O-1", ["acme/checkout"], more));
      expect(late.json()).toMatchObject({ status: 409, code: "sale.ended" });
    }
    expect(await opened(server, second.token)).toEqual(["acme/theme"]);
    await sellToken(server, shop, sale("O-1", ["acme/checkout"], { again: true }));
    expect(await opened(server, second.token)).toEqual(["acme/checkout", "acme/theme"]);
  });

  // Spec, step 5: list by customer, delete each.
  test("the revoke loop of the spec ends everything, and a later sale brings nothing of it back", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    await sellToken(server, shop, sale("O-1", ["acme/theme"]));
    await sellToken(server, shop, sale("O-1", ["acme/theme"]));
    const listed = (await server.api("GET", "/api/tokens?customer_id=c1", shop)).json() as { id: string }[];
    expect(listed).toHaveLength(3);
    for (const { id } of listed) await server.api("DELETE", `/api/tokens/${id}`, shop);
    const later = await sellToken(server, shop, sale("O-9", ["globex/"]));
    expect(await opened(server, later.token)).toEqual(["globex/core"]);
  });

  test("PATCH of a token changes the line it was sold with, for all tokens of the customer", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const first = await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    const second = await sellToken(server, shop, sale("O-2", ["acme/theme"]));
    const change = { allowed_package_prefixes: ["acme/checkout", "globex/"], expires_at: END + DAY };
    const patched = await server.api("PATCH", `/api/tokens/${first.id}`, shop, change);
    expect(patched.json()).toMatchObject(change);
    expect(await opened(server, second.token)).toEqual(["acme/checkout", "acme/theme", "globex/core"]);
    await server.api("PATCH", `/api/tokens/${first.id}`, shop, { expires_at: NOW - 1 });
    expect(await opened(server, second.token)).toEqual(["acme/theme"]);
    expect(await opened(server, first.token)).toEqual(["acme/theme"]);
    const renewed = await server.api("POST", `/api/tokens/${first.id}/renew`, shop, { until: END });
    expect(renewed.json()).toMatchObject({ applied: true, expires_at: END });
    expect(await opened(server, second.token)).toEqual(["acme/checkout", "acme/theme", "globex/core"]);
    const moved = { metadata: { customer_id: "c2", order_id: "O-1" } };
    expect((await server.api("PATCH", `/api/tokens/${first.id}`, shop, moved)).status).toBe(409);
  });

  test("never reads past the bound of its maker", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const bounded = await server.createManagementToken({ credential: "customer", prefixes: ["acme/"] });
    const mine = await sellToken(server, bounded, sale("O-1", ["acme/checkout"]));
    const all = await sellToken(server, shop, sale("O-2", ["globex/", "acme/theme"]));
    expect(await opened(server, mine.token)).toEqual(["acme/checkout", "acme/theme"]);
    expect(await opened(server, all.token)).toEqual(["acme/checkout", "acme/theme", "globex/core"]);
    const asked = await server.api("POST", "/api/tokens", bounded, sale("O-3", ["globex/"]));
    expect(asked.status).toBe(403);
  });

  test("a guest, a project and who asks for it have a token of their own packages", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const guest = await sellToken(server, shop, sale("G-1", ["acme/theme"], { metadata: { order_id: "G-1" } }));
    const own = await sellToken(server, shop, sale("O-1", ["acme/checkout"], { access: "own" }));
    expect(guest).toMatchObject({ access: "own" });
    expect(own).toMatchObject({ access: "own" });
    expect(await lines(server, shop)).toMatchObject([{ order_id: null }]);
    // Without a number the sale is an order by itself.
    const nameless = { metadata: { customer_id: "c1" } };
    const one = await sellToken(server, shop, sale("", ["acme/theme"], nameless));
    await sellToken(server, shop, sale("", ["globex/"], nameless));
    expect(await opened(server, one.token)).toEqual(["acme/theme", "globex/core"]);
  });

  test("who comes with an address the customer never had gets a token of what they bought, and nothing else", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const first = await sellToken(server, shop, sale("O-1", ["acme/checkout"]));
    const metadata = { customer_id: "c1", customer_email: "somebody@else.example", order_id: "O-2" };
    const other = await sellToken(server, shop, sale("O-2", ["acme/theme"], { metadata }));
    expect(other).toMatchObject({ access: "own", warnings: expect.arrayContaining([]) as unknown });
    expect((other as unknown as { warnings: string[] }).warnings.length).toBeGreaterThan(0);
    expect(await opened(server, other.token)).toEqual(["acme/theme"]);
    expect(await opened(server, first.token)).toEqual(["acme/checkout"]);
    const entries = (await server.api("GET", "/api/attention", shop)).json() as { id: string }[];
    expect(entries).toMatchObject([{ kind: "customer.another_address", customer_id: "c1" }]);
    // It is the same person: what was bought joins the rest, and the next sale needs no look.
    for (let turn = 0; turn < 2; turn++) {
      const confirmed = await server.api("POST", `/api/attention/${entries[0]?.id ?? ""}/confirm`, shop, {});
      expect(confirmed.json()).toMatchObject({ dismissed_at: NOW });
    }
    for (const { token } of [first, other])
      expect(await opened(server, token)).toEqual(["acme/checkout", "acme/theme"]);
    expect((await server.api("GET", `/api/tokens/${other.id}`, shop)).json()).toMatchObject({
      ...{ access: "customer", expires_at: END, allowed_package_prefixes: ["acme/theme"] },
    });
    const next = sale("O-3", ["globex/"], { metadata: { ...metadata, order_id: "O-3" } });
    expect(await sellToken(server, shop, next)).toMatchObject({ access: "customer" });
    expect(await opened(server, first.token)).toEqual(["acme/checkout", "acme/theme", "globex/core"]);
    const { db } = server.core.database;
    const records = db.selectFrom("audit_events").select("id").where("action", "=", "token.joined_customer");
    expect(await records.execute()).toHaveLength(1);
  });
});
