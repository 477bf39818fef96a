import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openMoves } from "../../testing/move-server.ts";
import { sellToken } from "../../testing/sales.ts";
import { holdOrder } from "../order-states/index.ts";

/** Begins a request while somebody else holds the order, and expects it to wait. */
async function whileHeld(
  { server, call }: Awaited<ReturnType<typeof openMoves>>,
  method: string,
  path: string,
  body?: unknown,
) {
  const { database } = server.core;
  let isDone = false;
  const { answer } = await database.transaction(async (trx) => {
    await holdOrder(trx, database.engine, "default", "o1");
    const begun = call(method, path, body).finally(() => (isDone = true));
    await delay(400);
    expect(isDone, path).toBe(false);
    return { answer: begun };
  });
  return (await answer) as { move: string };
}

describe.each(testEngines)("an order that moves while something else happens to it on %s", (engine) => {
  test("moves, is previewed and given back once whoever holds it is done", async () => {
    const opened = await openMoves(engine);
    const { server, shop, move } = opened;
    await using _server = server;
    const metadata = { customer_id: "1", order_id: "o1" };
    await sellToken(server, shop, { allowed_package_prefixes: ["acme/"], metadata });
    await whileHeld(opened, "POST", "/api/orders/o1/move/preview", { to_customer_id: "2" });
    const moved = await whileHeld(opened, "POST", "/api/orders/o1/move", { to_customer_id: "2" });
    await whileHeld(opened, "POST", `/api/moves/${moved.move}/undo`, {});
    await move("/api/orders/o1/move", { to_customer_id: "2" });
  });

  test("is sold under its old customer before it moves and moves too, or is refused", async () => {
    const { server: opened, shop, call } = await openMoves(engine);
    await using server = opened;
    const sale = (name: string) => ({
      description: "A sale",
      allowed_package_prefixes: [name],
      metadata: { customer_id: "1", order_id: "o1" },
    });
    await sellToken(server, shop, sale("acme/core"));
    const both = [
      server.api("POST", "/api/orders/o1/move", shop, { to_customer_id: "2" }),
      ...Array.from({ length: 4 }, () => server.api("POST", "/api/tokens", shop, sale("acme/theme"))),
    ];
    await Promise.all(both);
    const left = (await call("GET", "/api/tokens?customer_id=1&status=all")) as unknown[];
    expect(left).toEqual([]);
  });

  test("has its lines sold, renewed and cancelled once whoever holds it is done", async () => {
    const opened = await openMoves(engine);
    const { server, grant } = opened;
    await using _server = server;
    const order = "/api/customers/1/grants/default/o1";
    await grant("1", "o1/1", "acme/core");
    await whileHeld(opened, "PUT", `${order}/1`, { package: "acme/core", expires_at: 1_900_000_000 });
    await whileHeld(opened, "POST", `${order}/1/renew`, { until: 1_950_000_000 });
    await whileHeld(opened, "DELETE", `${order}/1`);
    await whileHeld(opened, "DELETE", order);
  });
});
