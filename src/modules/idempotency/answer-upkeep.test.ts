import { describe, expect, test } from "vitest";
import { composeServer } from "../../compose-server.ts";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { createAnswerUpkeep } from "./index.ts";

const DAY = 24 * 3600;

describe.each(testEngines)("what is kept for repetitions on %s", (engine) => {
  // The secret of a sale is in it: nobody who copies the database later gets it.
  test("is there until its time is over, and no longer although nobody asks anything", async () => {
    await using server = await startTestServer(engine);
    const { database, clock } = server.core;
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    await sellToken(server, shop, { metadata: { order_id: "1" } }, { "idempotency-key": "k" });
    const kept = async () =>
      (await database.db.selectFrom("idempotency_keys").select("method").orderBy("method").execute()).map(
        ({ method }) => method,
      );
    const upkeep = createAnswerUpkeep({ database, clock, logger: server.core.logger });
    for (const [seconds, left] of [
      [DAY - 1, ["", "POST"]],
      [1, [""]],
      [6 * DAY - 1, [""]],
      [1, []],
    ] as const) {
      server.clock.advanceSeconds(seconds);
      await upkeep.runDue();
      expect(await kept()).toEqual(left);
    }
  });

  test("is cleared by a server that runs, what ended while none ran too", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ uniqueBy: "order" });
    await sellToken(server, shop, { metadata: { order_id: "1" } }, { "idempotency-key": "k" });
    await server.stop();
    const kept = () => server.core.database.db.selectFrom("idempotency_keys").select("key").execute();
    expect(await kept()).toHaveLength(2);
    server.clock.advanceSeconds(7 * DAY);
    const running = await (await composeServer(server.core)).start();
    await expect.poll(kept).toEqual([]);
    await running.close(1_000);
  });
});
