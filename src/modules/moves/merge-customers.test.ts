import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { forgetOldMoves } from "./index.ts";

const ALL = { scopes: [...SCOPES] };
const DAY = 86_400;
const NOTHING = { allowed_package_prefixes: ["none/"] };

interface Merged {
  move: string;
  tokens: { id: string; token: string | null; last_four: string }[];
}

async function open(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  for (const name of ["acme/core", "acme/theme", "globex/x"]) await hostPackage(server.core.database, name, ["1.0.0"]);
  const shop = await server.createManagementToken(ALL);
  const call = async (method: string, path: string, body?: unknown, status?: number) => {
    const answer = await server.api(method, path, shop, body);
    if (status === undefined) expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
    else expect(answer.status, `${path} ${answer.text}`).toBe(status);
    return answer.json();
  };
  const grant = (customer: string, place: string, name: string, more = {}) =>
    call("PUT", `/api/customers/${customer}/grants/default/${place}`, { package: name, ...more });
  const reader = async (customer_id: string, more = {}) =>
    await sellToken(server, shop, { access: "customer", metadata: { customer_id, ...more } });
  const opens = async (secret: string, ...names: string[]) =>
    await Promise.all(
      names.map(async (name) => {
        const { status, text } = await server.composer(`/p2/${name}.json`, secret);
        // What it opens no more is answered with no version.
        return status === 200 && !text.includes('"1.0.0"') ? 404 : status;
      }),
    );
  const merge = async (from: string, into: string, more = {}) =>
    (await call("POST", `/api/customers/${from}/merge`, { into, ...more })) as Merged;
  const list = async (path: string) => (await call("GET", path)) as { id: string; customer_id: string }[];
  return { server, shop, call, grant, reader, opens, merge, list };
}

describe.each(testEngines)("POST /api/customers/{customer_id}/merge on %s", (engine) => {
  test("an address that was corrected before is not the merged customer's of today", async () => {
    const { server: opened, reader, call, merge } = await open(engine);
    await using server = opened;
    await reader("42", { customer_email: "before@example.com" });
    await call("PATCH", "/api/customers/42", { email: "today@example.com" });
    await reader("43");
    await merge("42", "43", { rotate: false });
    const { db } = server.core.database;
    const { id } = await db
      .selectFrom("customers")
      .select("id")
      .where("customer_id", "=", "43")
      .executeTakeFirstOrThrow();
    const rows = await db.selectFrom("customer_addresses").selectAll().where("customer", "=", id).execute();
    const current = rows.filter(({ replaced_at }) => replaced_at === null);
    expect([rows.length, current.map(({ email }) => email)]).toEqual([2, ["today@example.com"]]);
  });

  test("makes two customers one: each credential opens what both bought, and only with its own secret", async () => {
    const { server: opened, shop, grant, reader, opens, merge, list } = await open(engine);
    await using server = opened;
    await grant("42", "o1/1", "acme/core");
    await grant("43", "o2/1", "acme/theme");
    const [first, second] = [await reader("42"), await reader("43")];
    const other = await reader("44");
    const { tokens } = await merge("42", "43");
    expect(tokens).toMatchObject([{ id: first.id, previous_secret: { last_four: first.token.slice(-4) } }]);
    const secret = tokens[0]?.token ?? "";
    expect(secret).not.toBe(first.token);
    expect(await opens(first.token, "acme/core", "acme/theme")).toEqual([401, 401]);
    for (const live of [secret, second.token]) expect(await opens(live, "acme/core", "acme/theme")).toEqual([200, 200]);
    expect(await opens(other.token, "acme/core", "acme/theme")).toEqual([404, 404]);
    expect((await list("/api/customers")).map((one) => one.customer_id).sort()).toEqual(["43", "44"]);
    expect(await list("/api/customers?q=42")).toMatchObject([{ customer_id: "43" }]);
    const grants = await list("/api/customers/43/grants");
    expect(grants.filter((one) => "order_id" in one && one.order_id !== null)).toHaveLength(2);
    const history = await list("/api/customers/43/history?limit=100");
    const actions = history.map((one) => (one as unknown as { action: string }).action);
    expect(actions.filter((action) => action === "grant.set")).toHaveLength(2);
    expect(actions).toEqual(expect.arrayContaining(["customer.merged", "token.moved", "token.created"]));
    expect(await listedIds(server, shop, "?customer_id=43")).toHaveLength(2);
  });

  // The shop goes on calling the customer as it always did.
  test("lets the old id name the customer in every call: sales, endings, look-ups", async () => {
    const { server: opened, shop, call, grant, reader, opens, merge } = await open(engine);
    await using server = opened;
    await grant("42", "o1/1", "acme/core");
    const mine = await reader("42");
    await reader("43");
    await merge("42", "43", { rotate: false });
    const sold = await sellToken(server, shop, { ...NOTHING, metadata: { customer_id: 42, order_id: "o9" } });
    expect(await call("GET", "/api/customers/42")).toMatchObject({ customer_id: "43" });
    expect((await listedIds(server, shop, "?customer_id=42")).sort()).toEqual(
      (await listedIds(server, shop, "?customer_id=43")).sort(),
    );
    expect(await listedIds(server, shop, "?customer_id=42")).toContain(sold.id);
    expect(await opens(mine.token, "acme/core")).toEqual([200]);
    // A renewal and a refund of the order that was sold under the old id.
    await grant("42", "o1/1", "acme/theme");
    expect(await opens(mine.token, "acme/core", "acme/theme")).toEqual([404, 200]);
    await call("DELETE", "/api/customers/42/grants/default/o1");
    expect(await opens(mine.token, "acme/theme")).toEqual([404]);
    for (const id of await listedIds(server, shop, "?customer_id=42")) await call("DELETE", `/api/tokens/${id}`);
    expect(await opens(mine.token, "acme/core")).toEqual([401]);
    const again = await server.api("POST", "/api/customers/42/merge", shop, { into: "43" });
    expect(again.json()).toMatchObject({ status: 409, code: "resource.conflict" });
  });

  test("brings nothing back that ended, ends nothing, and neither does undoing it", async () => {
    const { server: opened, call, grant, reader, opens, merge } = await open(engine);
    await using server = opened;
    const [ended, kept] = [await reader("42"), await reader("43")];
    await grant("42", "o1/1", "acme/core");
    await call("POST", "/api/customers/42/revoke", {});
    server.clock.advanceSeconds(10);
    await grant("42", "o2/1", "acme/theme");
    await grant("43", "o3/1", "globex/x");
    await grant("43", "o4/1", "acme/core");
    await call("DELETE", "/api/customers/43/grants/default/o4");
    const { move } = await merge("42", "43");
    expect(await opens(ended.token, "acme/theme")).toEqual([401]);
    expect(await opens(kept.token, "acme/core", "acme/theme", "globex/x")).toEqual([404, 200, 200]);
    expect(await call("POST", "/api/customers/43/restore", {})).toMatchObject({ tokens_restored: 0 });
    expect(await opens(kept.token, "acme/core")).toEqual([404]);
    // While merged, everything is revoked and something sold again.
    server.clock.advanceSeconds(10);
    await call("DELETE", "/api/customers/43/grants/default/o2");
    await call("POST", `/api/moves/${move}/undo`, {});
    const mine = await reader("42");
    expect(await opens(mine.token, "acme/core", "acme/theme", "globex/x")).toEqual([404, 404, 404]);
    expect(await opens(kept.token, "acme/theme", "globex/x")).toEqual([404, 200]);
    // What the first customer could be restored from before, it can be again.
    expect(await call("POST", "/api/customers/42/restore", {})).toMatchObject({ tokens_restored: 1 });
    expect(await opens(ended.token, "acme/core", "acme/theme")).toEqual([200, 404]);
  });

  test("lets no earlier revocation of the one who goes on end, or bring back, what it takes over", async () => {
    const { server: opened, call, grant, reader, opens, merge } = await open(engine);
    await using server = opened;
    await grant("42", "o1/1", "acme/core");
    await grant("43", "o2/1", "acme/theme");
    const lost = await reader("43");
    server.clock.advanceSeconds(10);
    await call("POST", "/api/customers/43/revoke", {});
    server.clock.advanceSeconds(10);
    const live = await reader("43");
    const { move } = await merge("42", "43");
    expect(await opens(live.token, "acme/core", "acme/theme")).toEqual([200, 404]);
    // An event of the order makes its grants anew.
    await grant("43", "o1/2", "globex/x");
    expect(await opens(live.token, "acme/core", "acme/theme", "globex/x")).toEqual([200, 404, 200]);
    expect(await call("POST", "/api/customers/43/restore", {})).toMatchObject({ tokens_restored: 0 });
    expect(await opens(lost.token, "acme/theme")).toEqual([401]);
    await call("POST", `/api/moves/${move}/undo`, {});
    expect(await opens(live.token, "acme/core", "acme/theme", "globex/x")).toEqual([404, 404, 404]);
    expect(await call("POST", "/api/customers/43/restore", {})).toMatchObject({ tokens_restored: 1 });
    expect(await opens(live.token, "acme/core", "acme/theme")).toEqual([404, 200]);
    expect(await opens(lost.token, "acme/theme")).toEqual([200]);
  });

  test("is undone for 30 days: each has what is theirs again, with secrets only they know", async () => {
    const { server: opened, shop, call, grant, reader, opens, merge, list } = await open(engine);
    await using server = opened;
    await grant("42", "o1/1", "acme/core");
    await grant("43", "o2/1", "acme/theme");
    const [first, second] = [await reader("42", { customer_email: "a@example.com" }), await reader("43")];
    const { move, tokens } = await merge("42", "43");
    const later = await sellToken(server, shop, { ...NOTHING, metadata: { customer_id: "42", order_id: "o9" } });
    const undone = (await call("POST", `/api/moves/${move}/undo`, {})) as Merged;
    expect(undone.tokens.map(({ id }) => id)).toEqual([first.id]);
    const secret = undone.tokens[0]?.token ?? "";
    expect(await opens(secret, "acme/core", "acme/theme")).toEqual([200, 404]);
    expect(await opens(second.token, "acme/core", "acme/theme")).toEqual([404, 200]);
    expect(await opens(tokens[0]?.token ?? "", "acme/core")).toEqual([401]);
    expect(await listedIds(server, shop, "?customer_id=42")).toEqual([first.id]);
    // What was sold meanwhile stays where it was sold.
    expect(await listedIds(server, shop, "?customer_id=43")).toEqual(expect.arrayContaining([later.id, second.id]));
    const { db } = server.core.database;
    const addresses = await db.selectFrom("customer_addresses").selectAll().execute();
    expect(addresses).toHaveLength(1);
    await call("POST", `/api/moves/${move}/undo`, {}, 409);
    const { move: old } = await merge("42", "43");
    expect(await list("/api/customers/42/moves")).toMatchObject([
      { id: old, kind: "merge", from_customer_id: "42", to_customer_id: "43", undone_at: null },
      { id: move, undo_until: null },
    ]);
    server.clock.advanceSeconds(30 * DAY);
    await call("POST", `/api/moves/${old}/undo`, {}, 409);
    await forgetOldMoves(server.core);
    expect(await db.selectFrom("moves").select("undo").execute()).toEqual([{ undo: null }, { undo: null }]);
    expect((await db.selectFrom("audit_events").select("action").execute()).map((one) => one.action)).toEqual(
      expect.arrayContaining(["customer.merged", "customer.unmerged"]),
    );
  });

  test("shows before what each credential would open, and changes nothing by that", async () => {
    const { server: opened, shop, call, grant, reader, opens } = await open(engine);
    await using server = opened;
    await grant("42", "o1/1", "acme/core");
    await grant("43", "o2/1", "acme/theme");
    const [first, second] = [await reader("42"), await reader("43")];
    const own = await sellToken(server, shop, { metadata: { customer_id: "43" }, ...NOTHING });
    const preview = await call("POST", "/api/customers/42/merge/preview", { into: "43" });
    const { tokens } = preview as { tokens: { id: string }[] };
    expect(new Map(tokens.map((one) => [one.id, one]))).toEqual(
      new Map([
        [first.id, expect.objectContaining({ gains: ["acme/theme"], loses: [] })],
        [second.id, expect.objectContaining({ gains: ["acme/core"], loses: [] })],
        [own.id, expect.objectContaining({ gains: [], loses: [] })],
      ]),
    );
    expect(await opens(first.token, "acme/core", "acme/theme")).toEqual([200, 404]);
    const { db } = server.core.database;
    expect(await db.selectFrom("moves").selectAll().execute()).toEqual([]);
    const records = await db.selectFrom("audit_events").select("action").execute();
    expect(records.filter(({ action }) => /merged|moved/.test(action))).toEqual([]);
  });

  test("moves the same order only where it is in force at one of the two", async () => {
    const { server: opened, call, grant, reader, opens, merge } = await open(engine);
    await using _server = opened;
    const live = await reader("43");
    await grant("42", "7/1", "acme/core");
    await grant("43", "7/1", "acme/theme");
    const refused = await call("POST", "/api/customers/42/merge", { into: "43" }, 409);
    expect(refused).toMatchObject({ detail: expect.stringContaining("the order 7") as unknown });
    expect(await opens(live.token, "acme/core", "acme/theme")).toEqual([404, 200]);
    await call("DELETE", "/api/customers/43/grants/default/7");
    const { move } = await merge("42", "43");
    expect(await opens(live.token, "acme/core", "acme/theme")).toEqual([200, 404]);
    await call("POST", `/api/moves/${move}/undo`, {});
    expect(await opens(live.token, "acme/core", "acme/theme")).toEqual([404, 404]);
    const mine = await reader("42");
    expect(await opens(mine.token, "acme/core", "acme/theme")).toEqual([200, 404]);
  });

  test("refuses who is suspended or erased, and undoing after one of them was erased or has a new owner", async () => {
    const { server: opened, call, reader, merge } = await open(engine);
    await using server = opened;
    for (const id of ["42", "43", "44", "45"]) await reader(id);
    const { db } = server.core.database;
    await db.updateTable("customers").set({ suspended_at: 1 }).where("customer_id", "=", "43").execute();
    await call("POST", "/api/customers/42/merge", { into: "43" }, 409);
    await db.updateTable("customers").set({ suspended_at: null }).execute();
    const { move } = await merge("42", "43");
    await call("POST", "/api/customers/43/transfer", { email: "new@example.com" });
    await call("POST", `/api/moves/${move}/undo`, {}, 409);
    const { move: other } = await merge("44", "45");
    await call("POST", "/api/customers/45/erase", { confirm: "45" });
    await call("POST", `/api/moves/${other}/undo`, {}, 409);
    // The old id names nobody any more.
    await call("GET", "/api/customers/44", undefined, 404);
    const rows = await db.selectFrom("moves").select("undo").execute();
    expect(rows).toEqual([{ undo: null }, { undo: null }]);
    await call("POST", "/api/customers/42/merge", { into: "nobody" }, 404);
    await call("POST", "/api/customers/42/merge", { into: "43" }, 409);
  });

  test("is for who sees all of both: neither another shop nor a package bound learns of it", async () => {
    const { server: opened, shop, grant, reader, opens, merge } = await open(engine);
    await using server = opened;
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const narrow = await server.createManagementToken({ scopes: ["customers:write", "customers:read"] });
    await grant("42", "o1/1", "acme/core");
    await grant("43", "o2/1", "globex/x");
    const live = await reader("42");
    await sellToken(server, foreign, { metadata: { customer_id: "43" } });
    const tries = [
      { caller: foreign, from: "42", into: "43" },
      { caller: foreign, from: "43", into: "42" },
      { caller: bounded, from: "42", into: "43" },
      { caller: bounded, from: "43", into: "42" },
    ];
    for (const { caller, from, into } of tries) {
      for (const path of ["merge", "merge/preview"]) {
        const refused = await server.api("POST", `/api/customers/${from}/${path}`, caller, { into });
        expect(refused.status, refused.text).toBe(404);
      }
    }
    const unscoped = await server.api("POST", "/api/customers/42/merge", narrow, { into: "43" });
    expect(unscoped.json()).toMatchObject({ status: 403, code: "auth.missing_scope" });
    expect(await opens(live.token, "acme/core", "globex/x")).toEqual([200, 404]);
    const { move } = await merge("42", "43");
    for (const caller of [foreign, bounded]) {
      expect((await server.api("POST", `/api/moves/${move}/undo`, caller, {})).status).toBe(404);
      expect((await server.api("GET", "/api/customers/42", caller)).status).toBe(404);
      expect((await server.api("GET", "/api/customers/42/moves", caller)).status).toBe(404);
      const records = await server.api("GET", "/api/audit-events?action=customer.merged", caller);
      expect(records.json()).toEqual([]);
    }
    expect((await server.api("POST", `/api/moves/${move}/undo`, shop, {})).status).toBe(200);
  });

  test("happens once for each Idempotency-Key, with the same secrets; parallel ones merge once", async () => {
    const { server: opened, shop, reader, call } = await open(engine);
    await using server = opened;
    for (const id of ["42", "43", "44", "45"]) await reader(id);
    const key = { "idempotency-key": "merge-1" };
    const ask = () => server.api("POST", "/api/customers/42/merge", shop, { into: "43" }, key);
    const first = await ask();
    expect((await ask()).json()).toEqual(first.json());
    const both = [
      server.api("POST", "/api/customers/44/merge", shop, { into: "45" }),
      server.api("POST", "/api/customers/45/merge", shop, { into: "44" }),
    ];
    const statuses = (await Promise.all(both)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 409]);
    expect(await call("GET", "/api/customers")).toHaveLength(2);
  });
});
