import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const ALL = { scopes: [...SCOPES] };

interface Recorded {
  action: string;
  target: { id: string };
  customer_id: string | null;
  details: { after?: Record<string, unknown> };
  personal: Record<string, unknown> | null;
}

/** Two shops of one name space: one for everything, one that may grant `acme/` only. */
async function open(engine: TestEngine) {
  const server = await startTestServer(engine);
  for (const name of ["acme/core", "globex/x"]) await hostPackage(server.core.database, name, ["1.0.0"]);
  const wide = await server.createManagementToken(ALL);
  const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
  const call = async <T = Record<string, unknown>>(by: string, method: string, path: string, body?: unknown) => {
    const answer = await server.api(method, path, by, body);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.json() as T;
  };
  const status = async (method: string, path: string, body?: unknown) =>
    (await server.api(method, path, bounded, body)).status;
  const reads = async (token: string) => {
    const found = [];
    for (const name of ["acme/core", "globex/x"]) {
      const answer = await server.composer(`/p2/${name}.json`, token);
      if (answer.status === 200 && answer.text.includes('"1.0.0"')) found.push(name);
    }
    return found;
  };
  const records = async (by: string, query: string) =>
    await call<Recorded[]>(by, "GET", `/api/audit-events?limit=1000${query}`);
  return { server, wide, bounded, call, status, reads, records };
}

describe.each(testEngines)("for a management token with a package bound, on %s,", (engine) => {
  test("a token that reads its customer's grants never reads past its maker's bound, whatever is sold later", async () => {
    const { server: opened, wide, bounded, call, reads } = await open(engine);
    await using server = opened;
    const sale = { access: "customer", metadata: { customer_id: 777 } };
    const before = await sellToken(server, bounded, sale);
    await grantShop(server, wide, "777").put("1", { packages: ["acme/core", "globex/x"] });
    const after = await sellToken(server, bounded, sale);
    const whole = await sellToken(server, wide, sale);
    for (const { token } of [before, after]) expect(await reads(token)).toEqual(["acme/core"]);
    expect(await reads(whole.token)).toEqual(["acme/core", "globex/x"]);
    // Nor by any way to another secret, by whomever.
    for (const by of [bounded, wide]) {
      const { token } = await call<{ token: string }>(by, "POST", `/api/tokens/${before.id}/rotate`, {});
      expect(await reads(token)).toEqual(["acme/core"]);
    }
    await call(wide, "PATCH", `/api/tokens/${before.id}`, { metadata: { customer_id: 778 }, description: "moved" });
    await grantShop(server, wide, "778").put("1", { package: "globex/x" });
    const transfer = { email: "new@example.com" };
    const moved = await call<{ tokens: { token: string }[] }>(wide, "POST", "/api/customers/778/transfer", transfer);
    for (const { token } of moved.tokens) expect(await reads(token)).toEqual([]);
    expect(moved.tokens).toHaveLength(1);
    // Every other place that says who reads what agrees.
    const access = await call<{ access: { token_id: string }[]; tokens: number }>(
      ...([wide, "GET", "/api/packages/globex/x/access"] as const),
    );
    expect([access.tokens, access.access.map(({ token_id }) => token_id)]).toEqual([1, [whole.id]]);
    for (const search of ["?package=globex/x", "?q=globex/x"]) {
      const found = await call<{ id: string }[]>(wide, "GET", `/api/tokens${search}`);
      expect(
        found.map(({ id }) => id),
        search,
      ).toEqual([whole.id]);
    }
    const own = await call<{ access: { token_id: string }[] }>(wide, "GET", "/api/packages/acme/core/access");
    expect(own.access.map(({ token_id }) => token_id).sort()).toEqual([after.id, whole.id].sort());
    const question = `/api/access/explain?token_id=${after.id}&package=globex/x`;
    expect(await call(wide, "GET", question)).toMatchObject({
      ...{ allowed: false, reason: "outside_project", token: { narrowed_to: ["acme/"] } },
      detail: expect.stringContaining("a management token that may grant acme/ only") as unknown,
    });
    expect(await call(bounded, "GET", question.replace("globex/x", "acme/core"))).toMatchObject({ allowed: true });
  });

  test("a token that reads whatever its customer is sold does not exist, and neither does that customer", async () => {
    const { server: opened, wide, bounded, call, status, reads } = await open(engine);
    await using server = opened;
    const { id, token } = await sellToken(server, wide, { access: "customer", metadata: { customer_id: 5 } });
    await grantShop(server, wide, "5").put("1", { package: "acme/core" });
    expect(await status("GET", `/api/tokens/${id}`)).toBe(404);
    expect(await status("POST", `/api/tokens/${id}/rotate`, {})).toBe(404);
    for (const action of ["transfer", "revoke"]) {
      const body = action === "transfer" ? { email: "evil@example.com" } : {};
      expect(await status("POST", `/api/customers/5/${action}`, body), action).toBe(404);
    }
    expect(await call(bounded, "GET", "/api/customers")).toEqual([]);
    await grantShop(server, wide, "5").put("2", { package: "globex/x" });
    expect(await reads(token)).toEqual(["acme/core", "globex/x"]);
  });

  test("records of customers, tokens and packages outside of it do not exist, in any filter, page or export", async () => {
    const { server: opened, wide, bounded, call, records } = await open(engine);
    await using server = opened;
    const secret = { packages: ["globex/x"], email: "secret@example.com" };
    for (let line = 1; line <= 7; line++)
      await call(wide, "PUT", `/api/customers/33/grants/default/hidden/${line}`, secret);
    await call(wide, "PUT", "/api/customers/34/grants/default/order-34/1", { package: "globex/x" });
    await call(wide, "DELETE", "/api/customers/34/grants/default/order-34/1");
    await call(wide, "PUT", "/api/customers/34/grants/default/2026%2F17/1", { package: "acme/core" });
    for (const query of ["&customer_id=33", "&action=grant.set&customer_id=33", "&action=customer."]) {
      expect(await records(bounded, query)).toEqual([]);
    }
    const [hidden] = await records(wide, "&customer_id=33");
    expect(await records(bounded, `&target_id=${hidden?.target.id}`)).toEqual([]);
    // Of customer 34, which exists, what happened within the bound.
    for (const path of ["/api/audit-events?customer_id=34", "/api/customers/34/history"]) {
      const seen = await call<Recorded[]>(bounded, "GET", path);
      expect(
        seen.map(({ action }) => action),
        path,
      ).toEqual(["grant.set"]);
      expect(seen[0]?.details.after).toMatchObject({ order_id: "2026/17" });
    }
    const everything = await server.api("GET", "/api/audit-events/export", bounded);
    expect(everything.text).not.toMatch(/globex|hidden|order-34|secret@|"33"/);
    const pages = [];
    let next: string | undefined = "/api/audit-events?limit=1";
    while (next !== undefined) {
      const answer = await server.api("GET", next, bounded);
      pages.push(...(answer.json() as unknown[]));
      next = /^<[^>]*?(\/api[^>]*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    // They are sealed meanwhile.
    const unsealed = (all: unknown) => (all as object[]).map((one) => ({ ...one, sequence: null }));
    expect(unsealed(pages)).toEqual(unsealed(await records(bounded, "")));
    expect((await records(wide, "&customer_id=33")).length).toBeGreaterThan(6);
  });

  test("a sale changes no address of a customer that does not exist for it", async () => {
    const { server: opened, wide, bounded, call, records } = await open(engine);
    await using server = opened;
    await grantShop(server, wide, "3").put("1", { package: "globex/x", email: "ann@example.com" });
    const put = await grantShop(server, bounded, "3").put("9", { package: "acme/core", email: "evil@example.com" });
    expect(put).toMatchObject({ applied: true, warnings: [expect.stringContaining("was not changed")] });
    const metadata = { customer_id: 3, customer_email: "evil@example.com" };
    const { id } = await sellToken(server, bounded, { metadata });
    await call(bounded, "PATCH", `/api/tokens/${id}`, { metadata: { ...metadata, order_id: 7 } });
    expect(await call(wide, "GET", "/api/customers/3")).toMatchObject({ email: "ann@example.com" });
    // Of one that does it is changed, and recorded, also by a repetition of a purchase.
    const own = grantShop(server, bounded, "4");
    for (const email of ["one@example.com", "two@example.com", "two@example.com"]) {
      expect(await own.put("1", { package: "acme/core", occurred_at: NOW - 5, email })).toMatchObject({ warnings: [] });
      expect(await call(wide, "GET", "/api/customers/4")).toMatchObject({ email });
    }
    // An older event than the newest one says nothing of today.
    await own.put("1", { package: "acme/core", occurred_at: NOW - 6, email: "old@example.com" });
    const updated = await records(wide, "&action=customer.updated&customer_id=4");
    expect(updated.map(({ personal }) => personal)).toEqual([
      { before: { email: "one@example.com" }, after: { email: "two@example.com" } },
      { before: { email: null }, after: { email: "one@example.com" } },
    ]);
  });

  test("a cancellation ends what it may grant, whenever that comes, and nothing else", async () => {
    const { server: opened, wide, bounded, call } = await open(engine);
    await using server = opened;
    const by = (token: string, customer: string) => grantShop(server, token, customer);
    await by(bounded, "1").cancel("1");
    await by(bounded, "1").cancelOrder();
    await by(bounded, "2").put("0", { package: "acme/core", occurred_at: NOW - 200 });
    await call(bounded, "POST", "/api/customers/2/revoke", {});
    for (const customer of ["1", "2"]) {
      const late = { occurred_at: NOW - 100 };
      const outside = await by(wide, customer).put("1", { package: "globex/x", ...late });
      expect(outside, customer).toMatchObject({ applied: true, status: "active" });
      const mixed = await by(wide, customer).put("2", { packages: ["acme/core", "globex/x"], ...late });
      expect(mixed, customer).toMatchObject({ applied: true, status: "active" });
      for (const token of [bounded, wide]) {
        const line = token === bounded ? "3" : "4";
        const own = await by(token, customer).put(line, { package: "acme/core", ...late });
        // Of customer 1 line 1 and its whole order were cancelled, of customer 2 everything.
        expect(own, customer).toMatchObject({ applied: false, status: "revoked" });
      }
      // A wide cancellation is about everything.
      await by(wide, customer).cancelOrder(`?occurred_at=${NOW - 100}`);
      expect(await by(wide, customer).get("1")).toMatchObject({ status: "revoked" });
    }
  });

  test("a purchase keeps no line from a sale outside of the bound, whichever is told first", async () => {
    const { server: opened, wide, bounded } = await open(engine);
    await using server = opened;
    const [mine, theirs] = [grantShop(server, bounded), grantShop(server, wide)];
    await mine.put("1", { package: "acme/core", occurred_at: NOW + 300 });
    await theirs.put("1", { package: "acme/core", constraint: "^1", occurred_at: NOW - 20 });
    expect(await theirs.get("1")).toMatchObject({ occurred_at: NOW + 300, constraint: null });
    const sold = await theirs.put("1", { package: "globex/x", occurred_at: NOW - 10 });
    expect(sold).toMatchObject({ applied: true, packages: ["globex/x"], occurred_at: NOW - 10 });
    // As if there had only been those of the shop for everything.
    await mine.put("2", { package: "acme/core", occurred_at: NOW + 300 });
    await theirs.put("2", { package: "acme/core", constraint: "^1", occurred_at: NOW - 10 });
    const older = await theirs.put("2", { package: "globex/x", occurred_at: NOW - 20 });
    expect(older).toMatchObject({ applied: false, packages: ["acme/core"] });
  });

  test("what was granted along outside of it hides the line, and is not named in warnings", async () => {
    const { server: opened, wide, bounded, status } = await open(engine);
    await using server = opened;
    await hostPackage(server.core.database, "acme/app", [
      { version: "1.0.0", extra: { require: { "globex/x": "*" } } },
    ]);
    const app = { package: "acme/app", with_dependencies: true };
    await grantShop(server, wide).put("1", { ...app, occurred_at: NOW - 5 });
    const line = "/api/customers/42/grants/default/order/1";
    expect(await status("GET", line)).toBe(404);
    expect(await status("PUT", line, app)).toBe(404);
    expect(await status("DELETE", line)).toBe(404);
    expect(await status("DELETE", line.slice(0, -2))).toBe(404);
    expect(await grantShop(server, wide).get("1")).toMatchObject({ status: "active", dependencies: ["globex/x"] });
    for (const body of [app, { package: "acme/app" }]) {
      const answer = await grantShop(server, bounded, "43").put("1", body);
      expect(answer.warnings).toEqual([expect.stringContaining("may not grant")]);
      expect(JSON.stringify(answer)).not.toContain("globex");
    }
  });

  test("its own part of a line goes on beside what others sell with that line outside of it, until they end it", async () => {
    const { server: opened, wide, bounded, call } = await open(engine);
    await using server = opened;
    const [mine, theirs] = [grantShop(server, bounded), grantShop(server, wide)];
    const { token } = await sellToken(server, wide, { access: "customer", metadata: { customer_id: 42 } });
    const opens = async () => {
      const found = await call<{ package_pattern: string; status: string }[]>(wide, "GET", "/api/customers/42/grants");
      return found.flatMap((grant) => (grant.status === "active" ? grant.package_pattern : [])).sort();
    };
    await mine.put("1", { package: "acme/core" });
    // By hand: it replaces what the shop sold, and says all that the line grants.
    await theirs.put("1", { packages: ["acme/a", "globex/x"] });
    expect(await opens()).toEqual(["acme/a", "globex/x"]);
    expect(await mine.get("1")).toMatchObject({ status: "revoked", packages: ["acme/core"] });
    expect(await mine.put("1", { package: "acme/core" })).toMatchObject({ applied: true, status: "active" });
    expect(await opens()).toEqual(["acme/a", "acme/core", "globex/x"]);
    expect(await theirs.get("1")).toMatchObject({ packages: ["acme/a", "globex/x"] });
    expect(await mine.cancelOrder()).toMatchObject({ lines: [{ status: "revoked", packages: ["acme/core"] }] });
    expect(await opens()).toEqual(["acme/a", "globex/x"]);
    // What lies within it is replaced and ended by it as well, whoever sold that.
    await theirs.put("2", { package: "acme/core", constraint: "^1" });
    expect(await mine.put("2", { package: "acme/b" })).toMatchObject({ applied: true });
    expect(await opens()).toEqual(["acme/a", "acme/b", "globex/x"]);
    await theirs.put("3", { package: "acme/c" });
    await mine.put("1", { package: "acme/core" });
    await mine.cancelOrder();
    expect(await opens()).toEqual(["acme/a", "globex/x"]);
    // Whoever may sell everything ends everything.
    await mine.put("1", { package: "acme/core" });
    await theirs.cancelOrder();
    expect(await opens()).toEqual([]);
    expect((await server.composer("/p2/globex/x.json", token)).text).toContain("your access ended on");
  });

  test("what ended outside of it is shown nowhere of a customer or a token that exists", async () => {
    const { server: opened, wide, bounded, call } = await open(engine);
    await using server = opened;
    await call(wide, "PUT", "/api/customers/8/grants/default/SECRET-ORDER/1", { package: "globex/x" });
    await call(wide, "PUT", "/api/customers/8/grants/default/order/1", { packages: ["acme/core"] });
    const prefixes = { allowed_package_prefixes: ["acme/core", "globex/x"] };
    const { id } = await sellToken(server, wide, { ...prefixes, metadata: { customer_id: 8 } });
    await call(wide, "PATCH", `/api/tokens/${id}`, { allowed_package_prefixes: ["acme/core"] });
    await call(wide, "DELETE", "/api/customers/8/grants/default/SECRET-ORDER");
    const paths = [
      "/api/customers/8",
      "/api/customers/8/grants",
      "/api/customers/8/grants?limit=1",
      "/api/customers/8/history",
      "/api/customers/8/tokens",
      "/api/customers/8/export",
      `/api/tokens/${id}`,
      `/api/tokens/${id}/export`,
      "/api/access/explain?customer_id=8&package=acme/core",
      "/api/access/explain?customer_id=8&package=globex/x",
      `/api/access/explain?token_id=${id}&package=acme/core`,
    ];
    for (const path of paths) {
      const answer = await server.api("GET", path, bounded);
      const text = answer.text.replaceAll("globex/x is not hosted here", "");
      expect(answer.status, path).toBe(200);
      expect(text, path).not.toMatch(/globex|SECRET/);
    }
    const grants = await call<{ package_pattern: string }[]>(bounded, "GET", "/api/customers/8/grants");
    expect(grants.map((grant) => grant.package_pattern)).toEqual(["acme/core", "acme/core"]);
  });

  test("a revocation by somebody without it is not undone, and undoing that one undoes what was revoked since", async () => {
    const { server: opened, wide, bounded, call, status } = await open(engine);
    await using server = opened;
    const line = (by: string, number: string, name: string, at: number) =>
      grantShop(server, by, "6").put(number, { package: name, occurred_at: at });
    await line(wide, "1", "globex/x", NOW - 50);
    await call(wide, "POST", "/api/customers/6/revoke", {});
    expect(await status("POST", "/api/customers/6/restore", {})).toBe(404);
    server.clock.advanceSeconds(10);
    await line(bounded, "2", "acme/core", NOW + 5);
    await call(bounded, "POST", "/api/customers/6/revoke", {});
    expect(await status("POST", "/api/customers/6/restore", {})).toBe(404);
    expect(await call(wide, "POST", "/api/customers/6/restore", {})).toMatchObject({ grants_restored: 2 });
    // Its own it may undo.
    await grantShop(server, wide, "6").cancel("1");
    await call(bounded, "POST", "/api/customers/6/revoke", {});
    expect(await call(bounded, "POST", "/api/customers/6/restore", {})).toMatchObject({ grants_restored: 1 });
  });
});

describe.each(testEngines)("purchases and cancellations on %s", (engine) => {
  test("are all recorded: an overtaken purchase, and a revocation that has nothing to end yet", async () => {
    const { server: opened, wide, call, records } = await open(engine);
    await using server = opened;
    const shop = grantShop(server, wide);
    await shop.put("1", { package: "acme/core", occurred_at: NOW - 5 });
    await shop.put("1", { package: "globex/x", occurred_at: NOW - 6 });
    const actions = async () => (await records(wide, "&customer_id=42")).map(({ action }) => action).sort();
    expect(await actions()).toEqual(["grant.event_remembered", "grant.set"]);
    await shop.cancel("1");
    await call(wide, "POST", "/api/customers/42/revoke", {});
    expect(await actions()).toContain("customer.revoked");
    // Repeated within the second it is nothing new.
    await call(wide, "POST", "/api/customers/42/revoke", {});
    expect((await actions()).filter((action) => action === "customer.revoked")).toHaveLength(1);
  });

  test("without a time of their own are the newest, also after a cancellation of a clock that is ahead", async () => {
    const { server: opened, wide, call } = await open(engine);
    await using server = opened;
    const shop = grantShop(server, wide);
    await shop.put("1", { package: "acme/core", occurred_at: NOW - 5 });
    await shop.cancel("1", `?occurred_at=${NOW + 299}`);
    expect(await shop.put("1", { package: "acme/core" })).toMatchObject({ applied: true, status: "active" });
    // Neither is it ended by a repetition.
    await shop.cancel("1", `?occurred_at=${NOW + 299}`);
    expect(await shop.get("1")).toMatchObject({ status: "active", occurred_at: NOW });
    await shop.cancelOrder(`?occurred_at=${NOW + 300}`);
    expect(await shop.put("1", { package: "acme/core" })).toMatchObject({ applied: true, status: "active" });
    expect(await shop.cancel("1")).toMatchObject({ applied: true, status: "revoked" });
    await call(wide, "POST", "/api/customers/42/revoke", {});
    server.clock.advanceSeconds(1);
    expect(await shop.put("2", { package: "acme/core" })).toMatchObject({ applied: true, status: "active" });
  });

  test("are refused for customer 0, which stands for guests", async () => {
    const { server: opened, wide } = await open(engine);
    await using server = opened;
    for (const method of ["PUT", "DELETE"]) {
      const body = method === "PUT" ? { package: "acme/core" } : undefined;
      const answer = await server.api(method, "/api/customers/0/grants/default/order/1", wide, body);
      expect(answer.json(), method).toMatchObject({ status: 400, errors: [{ pointer: "{customer_id}" }] });
    }
    expect(await server.core.database.db.selectFrom("customers").selectAll().execute()).toEqual([]);
  });
});
