import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { openMoves } from "../../testing/move-server.ts";
import { sellToken } from "../../testing/sales.ts";
import { holdOrder } from "../order-states/index.ts";

describe.each(testEngines)("an order that moves while something else happens to it on %s", (engine) => {
  test("moves, is previewed and given back once whoever holds it is done", async () => {
    const { server: opened, shop, call, move } = await openMoves(engine);
    await using server = opened;
    const metadata = { customer_id: "1", order_id: "o1" };
    await sellToken(server, shop, { allowed_package_prefixes: ["acme/"], metadata });
    const whileHeld = async (path: string, body: unknown) => {
      let isDone = false;
      const { answer } = await server.core.database.transaction(async (trx) => {
        await holdOrder(trx, engine, "default", "o1");
        const begun = call("POST", path, body).finally(() => (isDone = true));
        await delay(300);
        expect(isDone, path).toBe(false);
        return { answer: begun };
      });
      return (await answer) as { move: string };
    };
    await whileHeld("/api/orders/o1/move/preview", { to_customer_id: "2" });
    const moved = await whileHeld("/api/orders/o1/move", { to_customer_id: "2" });
    await whileHeld(`/api/moves/${moved.move}/undo`, {});
    await move("/api/orders/o1/move", { to_customer_id: "2" });
  });

  test("is sold under its old customer before it moves and moves too, or is refused", async () => {
    const { server: opened, shop, call } = await openMoves(engine);
    await using server = opened;
    const sale = (name: string) => ({
      ...{ description: "A sale", allowed_package_prefixes: [name] },
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
});
