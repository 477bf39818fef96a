import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openMoves } from "../../testing/move-server.ts";
import { sellToken } from "../../testing/sales.ts";
import { SCOPES } from "../callers/index.ts";

const ALL = { scopes: [...SCOPES] };

describe.each(testEngines)("moving within a package bound on %s", (engine) => {
  // The number and the address of somebody else's sale can be guessed, and used again.
  test("moves no guest's order of which something is hidden, and shows no secret of it", async () => {
    const { server: opened, shop, call, opens } = await openMoves(engine);
    await using server = opened;
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const guest = { metadata: { customer_email: "g@example.com", order_id: "G-1" } };
    const mine = await sellToken(server, bounded, { ...guest, allowed_package_prefixes: ["acme/"] });
    const hidden = await sellToken(server, shop, { ...guest, allowed_package_prefixes: ["globex/"] });
    for (const path of ["/api/orders/G-1/move", "/api/orders/G-1/move/preview"]) {
      for (const named of [{}, { customer_email: "g@example.com" }]) {
        const answer = await server.api("POST", path, bounded, { ...named, to_customer_id: "mine" });
        expect([answer.status, answer.text.includes(hidden.id)], answer.text).toEqual([404, false]);
      }
    }
    expect(await opens(hidden.token, "globex/x")).toEqual([200]);
    expect(await opens(mine.token, "acme/core")).toEqual([200]);
    await call("GET", "/api/customers/mine", undefined, 404);
    // Whoever sees all of it moves all of it.
    const moved = await call("POST", "/api/orders/G-1/move", { to_customer_id: "theirs" });
    expect((moved as { tokens: unknown[] }).tokens).toHaveLength(2);
  });

  test("moves a guest's order that is seen whole", async () => {
    const { server: opened, shop } = await openMoves(engine);
    await using server = opened;
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const own = { allowed_package_prefixes: ["acme/"] };
    const { id } = await sellToken(server, bounded, {
      ...own,
      metadata: { customer_email: "g@example.com", order_id: "G-1" },
    });
    // Another guest's, of the same number.
    const other = { metadata: { customer_email: "h@example.com", order_id: "G-1" } };
    await sellToken(server, shop, { ...other, allowed_package_prefixes: ["globex/"] });
    const answer = await server.api("POST", "/api/orders/G-1/move", bounded, { to_customer_id: "mine" });
    expect([answer.status, answer.json()]).toMatchObject([200, { tokens: [{ id }] }]);
  });

  test("moves nothing of a customer of whose order something is hidden, a line or a token", async () => {
    const { server: opened, shop, grant } = await openMoves(engine);
    await using server = opened;
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const sold = { allowed_package_prefixes: ["acme/"] };
    const ofFirst = await sellToken(server, bounded, { ...sold, metadata: { customer_id: "1", order_id: "o1" } });
    await grant("1", "o1/1", "globex/x");
    await sellToken(server, bounded, { ...sold, metadata: { customer_id: "2", order_id: "o2" } });
    await sellToken(server, shop, {
      allowed_package_prefixes: ["globex/"],
      metadata: { customer_id: "2", order_id: "o2" },
    });
    for (const [order, customer_id] of [
      ["o1", "1"],
      ["o2", "2"],
    ]) {
      for (const path of ["move", "move/preview"]) {
        for (const named of [{}, { customer_id }]) {
          const answer = await server.api("POST", `/api/orders/${order}/${path}`, bounded, {
            ...named,
            to_customer_id: "mine",
          });
          expect(answer.status, answer.text).toBe(404);
        }
      }
    }
    const one = await server.api("POST", `/api/tokens/${ofFirst.id}/move`, bounded, { customer_id: "mine" });
    expect(one.status, one.text).toBe(404);
  });

  test("gives back nothing of which something is hidden by now", async () => {
    const { server: opened, shop } = await openMoves(engine);
    await using server = opened;
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["acme/"] });
    const { id } = await sellToken(server, bounded, {
      allowed_package_prefixes: ["acme/"],
      metadata: { customer_email: "g@example.com", order_id: "G-1" },
    });
    const moved = await server.api("POST", "/api/orders/G-1/move", bounded, { to_customer_id: "mine" });
    const { move } = moved.json() as { move: string };
    const widened = await server.api("PATCH", `/api/tokens/${id}`, shop, { allowed_package_prefixes: ["globex/"] });
    expect(widened.status, widened.text).toBe(200);
    const answer = await server.api("POST", `/api/moves/${move}/undo`, bounded, {});
    expect(answer.status, answer.text).toBe(404);
    expect((await server.api("POST", `/api/moves/${move}/undo`, shop, {})).status).toBe(200);
  });
});
