import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { listedIds, sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";

const ALL = { scopes: [...SCOPES] };

interface Moved {
  move: string;
  tokens: { id: string; token: string | null; description: string }[];
  warnings?: string[];
}

async function open(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  for (const name of ["acme/core", "acme/theme"]) await hostPackage(server.core.database, name, ["1.0.0"]);
  const shop = await server.createManagementToken(ALL);
  const call = async (method: string, path: string, body?: unknown, status?: number) => {
    const answer = await server.api(method, path, shop, body);
    if (status === undefined) expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
    else expect(answer.status, `${path} ${answer.text}`).toBe(status);
    return answer.json();
  };
  const grant = (customer: string, place: string, name: string) =>
    call("PUT", `/api/customers/${customer}/grants/default/${place}`, { package: name });
  const reader = async (customer_id: string) =>
    await sellToken(server, shop, { access: "customer", metadata: { customer_id } });
  const opens = async (secret: string, ...names: string[]) =>
    await Promise.all(
      names.map(async (name) => {
        const { status, text } = await server.composer(`/p2/${name}.json`, secret);
        // What it opens no more is answered with no version.
        return status === 200 && !text.includes('"1.0.0"') ? 404 : status;
      }),
    );
  const move = async (path: string, body: unknown) => (await call("POST", path, body)) as Moved;
  return { server, shop, call, grant, reader, opens, move };
}

describe.each(testEngines)("moving a token or an order on %s", (engine) => {
  // An agency hands one project over: the client goes on, the agency does not, and nothing else changes.
  test("gives one order to a new owner: their labels, their secret, and the agency's ends", async () => {
    const { server: opened, shop, call, opens, move } = await open(engine);
    await using server = opened;
    const agency = { customer_id: "agency", customer_email: "agency@example.com" };
    const sell = (order_id: string, name: string) =>
      sellToken(server, shop, {
        ...{ description: `For agency@example.com, ${order_id}`, allowed_package_prefixes: [name] },
        metadata: { ...agency, order_id },
      });
    const [project, kept] = [await sell("o1", "acme/core"), await sell("o2", "acme/theme")];
    const body = { to_customer_id: "client", to_email: "client@example.com" };
    const moved = await move("/api/orders/o1/move", body);
    expect(moved.tokens).toMatchObject([{ id: project.id, description: "For client@example.com, o1" }]);
    const secret = moved.tokens[0]?.token ?? "";
    expect(await opens(project.token, "acme/core")).toEqual([401]);
    expect(await opens(secret, "acme/core", "acme/theme")).toEqual([200, 404]);
    expect(await opens(kept.token, "acme/theme")).toEqual([200]);
    expect(await listedIds(server, shop, "?customer_id=agency")).toEqual([kept.id]);
    expect(await listedIds(server, shop, "?customer_email=client@example.com")).toEqual([project.id]);
    expect(await call("GET", `/api/tokens/${project.id}`)).toMatchObject({
      metadata: { customer_id: "client", customer_email: "client@example.com", order_id: "o1" },
    });
    // Given back, it is the agency's again, and the client's secret ends.
    const back = await move(`/api/moves/${moved.move}/undo`, {});
    expect(back.tokens).toMatchObject([{ id: project.id, description: "For agency@example.com, o1" }]);
    expect(await opens(secret, "acme/core")).toEqual([401]);
    expect(await opens(back.tokens[0]?.token ?? "", "acme/core")).toEqual([200]);
    expect(await listedIds(server, shop, "?customer_email=client@example.com")).toEqual([]);
  });

  test("moves an order's lines, and what the shop tells under the old customer reaches them", async () => {
    const { server: opened, call, grant, reader, opens, move } = await open(engine);
    await using _server = opened;
    await grant("1", "o1/1", "acme/core");
    await grant("1", "o2/1", "acme/theme");
    const [first, second] = [await reader("1"), await reader("2")];
    const { move: id } = await move("/api/orders/o1/move", { customer_id: "1", to_customer_id: "2" });
    expect(await opens(first.token, "acme/core", "acme/theme")).toEqual([404, 200]);
    expect(await opens(second.token, "acme/core", "acme/theme")).toEqual([200, 404]);
    expect(await call("GET", "/api/customers/1/grants/default/o1/1")).toMatchObject({ status: "active" });
    await call("DELETE", "/api/customers/1/grants/default/o1");
    expect(await opens(second.token, "acme/core")).toEqual([404]);
    expect(await call("GET", "/api/customers/2/moves")).toMatchObject([{ id, kind: "order", order_id: "o1" }]);
    // What ended stays ended when it is given back; the customer's other order was never touched.
    await call("POST", `/api/moves/${id}/undo`, {});
    expect(await opens(first.token, "acme/core", "acme/theme")).toEqual([404, 200]);
    await grant("1", "o1/1", "acme/core");
    expect(await opens(first.token, "acme/core")).toEqual([200]);
    expect(await opens(second.token, "acme/core")).toEqual([404]);
  });

  // The shop still knows the order as the old customer's.
  test("is refunded under the old customer's name, also of one who was merged", async () => {
    const { server: opened, shop, call, opens, move } = await open(engine);
    await using server = opened;
    const sell = async (customer_id: string, order_id: string) =>
      await sellToken(server, shop, { allowed_package_prefixes: ["acme/"], metadata: { customer_id, order_id } });
    await sell("1", "o1");
    const moved = await move("/api/orders/o1/move", { to_customer_id: "2" });
    await call("POST", "/api/orders/o1/revoke", { customer_id: "1" });
    expect(await opens(moved.tokens[0]?.token ?? "", "acme/core")).toEqual([401]);
    // Nor is it sold to the old customer again, by a delivery that comes late.
    const metadata = { customer_id: "1", order_id: "o1" };
    const late = await server.api("POST", "/api/tokens", shop, { description: "A sale", metadata });
    expect(late.json()).toMatchObject({ status: 409, code: "sale.ended" });
    const { token } = await sell("3", "o3");
    await call("POST", "/api/customers/3/merge", { into: "4" }, 404);
    await sell("4", "o4");
    await call("POST", "/api/customers/3/merge", { into: "4", rotate: false });
    await call("POST", "/api/orders/o3/revoke", { customer_id: "3" });
    expect(await opens(token, "acme/core")).toEqual([401]);
  });

  test("asks whose order it is where several have the number, and moves a guest's by the address", async () => {
    const { server: opened, shop, call, move } = await open(engine);
    await using server = opened;
    const own = { allowed_package_prefixes: ["acme/core"] };
    await sellToken(server, shop, { ...own, metadata: { customer_id: "1", order_id: "7" } });
    const guest = { customer_email: "Guest@example.com", order_id: "7" };
    const { id } = await sellToken(server, shop, { ...own, metadata: guest });
    const several = await call("POST", "/api/orders/7/move", { to_customer_id: "2" }, 409);
    expect(several).toMatchObject({
      detail: expect.stringContaining("customer_id 1, customer_email guest@") as unknown,
    });
    const { tokens } = await move("/api/orders/7/move", { customer_email: "guest@example.com", to_customer_id: "2" });
    expect(tokens.map((token) => token.id)).toEqual([id]);
    await call("POST", "/api/orders/8/move", { to_customer_id: "2" }, 404);
    await call("POST", "/api/orders/7/move", { customer_id: "1", to_customer_id: "1" }, 409);
  });

  test("gives one token away: a project stays as narrow as it is, with the new owner's purchases", async () => {
    const { server: opened, shop, call, grant, opens, move } = await open(engine);
    await using server = opened;
    await grant("1", "o1/1", "acme/core");
    await grant("2", "o2/1", "acme/core");
    await grant("2", "o2/2", "acme/theme");
    const project = { access: "project", allowed_package_prefixes: ["acme/core"], metadata: { customer_id: "1" } };
    const { id, token } = await sellToken(server, shop, project);
    const preview = await call("POST", `/api/tokens/${id}/move/preview`, { customer_id: "2" });
    expect(preview).toMatchObject({ tokens: [{ id, gains: [], loses: [] }] });
    const moved = await move(`/api/tokens/${id}/move`, { customer_id: "2", overlap_seconds: 60 });
    const secret = moved.tokens[0]?.token ?? "";
    expect(await opens(secret, "acme/core", "acme/theme")).toEqual([200, 404]);
    expect(await opens(token, "acme/core")).toEqual([200]);
    server.clock.advanceSeconds(60);
    expect(await opens(token, "acme/core")).toEqual([401]);
    expect(await call("GET", `/api/tokens/${id}`)).toMatchObject({ access: "project" });
    const kept = await move(`/api/tokens/${id}/move`, { customer_id: "3", rotate: false });
    expect(kept.tokens).toMatchObject([{ id, token: null }]);
    // Whose customer has nothing of it opens nothing.
    expect(await opens(secret, "acme/core")).toEqual([404]);
    await call("POST", `/api/moves/${moved.move}/undo`, {});
    expect(await call("GET", `/api/tokens/${id}`)).toMatchObject({ metadata: { customer_id: "3" } });
  });

  test("refuses what has ended, and moves nothing for another shop, outside of a bound or without the scope", async () => {
    const { server: opened, shop, call, opens } = await open(engine);
    await using server = opened;
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/theme"] });
    const narrow = await server.createManagementToken({ scopes: ["customers:write"] });
    const order = { customer_id: "1", order_id: "o1" };
    const sold = await sellToken(server, shop, { allowed_package_prefixes: ["acme/core"], metadata: order });
    await sellToken(server, shop, { allowed_package_prefixes: ["acme/core"], metadata: { customer_id: "2" } });
    const body = { to_customer_id: "2" };
    for (const caller of [foreign, bounded]) {
      for (const path of ["/api/orders/o1/move", "/api/orders/o1/move/preview"]) {
        const refused = await server.api("POST", path, caller, body);
        expect(refused.status, refused.text).toBe(404);
      }
      for (const path of ["move", "move/preview"]) {
        const refused = await server.api("POST", `/api/tokens/${sold.id}/${path}`, caller, { customer_id: "2" });
        expect(refused.status, refused.text).toBe(404);
      }
    }
    // Its own order, to a customer it does not see.
    const theirs = { allowed_package_prefixes: ["acme/theme"], metadata: { customer_id: "3", order_id: "o3" } };
    const { id } = await sellToken(server, bounded, theirs);
    expect((await server.api("POST", "/api/orders/o3/move", bounded, body)).status).toBe(404);
    expect((await server.api("POST", `/api/tokens/${id}/move`, bounded, { customer_id: "2" })).status).toBe(404);
    expect((await server.api("POST", "/api/orders/o1/move", narrow, body)).status).toBe(403);
    expect(await opens(sold.token, "acme/core")).toEqual([200]);
    await call("DELETE", `/api/tokens/${sold.id}`);
    await call("POST", `/api/tokens/${sold.id}/move`, { customer_id: "2" }, 409);
  });

  test("leaves nothing about whoever is erased where the move can be undone", async () => {
    const { server: opened, shop, call, move } = await open(engine);
    await using server = opened;
    const metadata = { customer_id: "1", customer_email: "first@example.com", order_id: "o1", name: "First" };
    await sellToken(server, shop, { allowed_package_prefixes: ["acme/core"], metadata });
    const { move: id } = await move("/api/orders/o1/move", { to_customer_id: "2", to_email: "second@example.com" });
    await call("POST", "/api/customers/1/erase", { confirm: "1" });
    const { db } = server.core.database;
    const left = [
      await db.selectFrom("moves").selectAll().execute(),
      await db.selectFrom("moved_orders").selectAll().execute(),
      await db.selectFrom("audit_personal_values").selectAll().execute(),
    ];
    expect(JSON.stringify(left)).not.toMatch(/first/i);
    await call("POST", `/api/moves/${id}/undo`, {}, 409);
  });
});
