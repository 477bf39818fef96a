import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { createTokenLines } from "../customer-grants/index.ts";
import { createRequirements } from "../requirements/index.ts";
import { convertMany, listConvertible, previewMany } from "./index.ts";

const sale = (customer_id: string, order_id: string, name: string, more: Record<string, unknown> = {}) => ({
  allowed_package_prefixes: [name],
  metadata: { customer_id, customer_email: `${customer_id}@example.com`, order_id },
  ...more,
});

describe.each(testEngines)("converting many tokens on %s", (engine) => {
  test("shows what all of them together change, converts each by itself, and says what stays and why", async () => {
    await using server = await startTestServer(engine);
    const { database } = server.core;
    for (const name of ["acme/checkout", "acme/theme"]) await hostPackage(database, name, ["1.0.0"]);
    const shop = await server.createManagementToken();
    const another = await server.createManagementToken();
    const first = await sellToken(server, shop, sale("c1", "O-1", "acme/checkout"));
    const second = await sellToken(server, shop, sale("c1", "O-2", "acme/theme"));
    const suspended = await sellToken(server, shop, sale("c1", "O-3", "acme/theme"));
    await server.api("POST", `/api/tokens/${suspended.id}/suspend`, shop, {});
    await sellToken(server, shop, sale("c1", "O-4", "acme/theme", { access: "project" }));
    await sellToken(server, another, sale("c2", "O-5", "acme/theme"));
    const maker = database.db.selectFrom("tokens").select("created_by").where("id", "=", first.id);
    const { created_by: madeBy } = await maker.executeTakeFirstOrThrow();
    const lines = createTokenLines({ ...server.core, requirements: createRequirements(database) });
    const deps = { ...server.core, lines };
    const rows = await listConvertible(database.db, { madeBy, ids: [] });
    expect(rows.map(({ id }) => id).sort()).toEqual([first.id, second.id, suspended.id].sort());

    const before = await database.db.selectFrom("tokens").selectAll().execute();
    const { changes, refused } = await previewMany(deps, commandLine, rows);
    expect(await database.db.selectFrom("tokens").selectAll().execute()).toEqual(before);
    expect(refused).toEqual([{ id: suspended.id, reason: expect.stringContaining("suspended") as unknown }]);
    const gains = Object.fromEntries(changes.map((change) => [change.id, change.gains]));
    expect(gains).toMatchObject({ [first.id]: ["acme/theme"], [second.id]: ["acme/checkout"], [suspended.id]: [] });

    const done = await convertMany(deps, commandLine, rows, "We sell one credential now");
    expect(done.converted.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    expect(done.refused).toEqual(refused);
    const records = database.db.selectFrom("audit_events").select("actor_id");
    expect(await records.where("action", "=", "token.joined_customer").execute()).toHaveLength(2);
    for (const { token } of [first, second]) {
      for (const name of ["acme/checkout", "acme/theme"]) {
        expect((await server.composer(`/p2/${name}.json`, token)).status).toBe(200);
      }
    }
    const left = await listConvertible(database.db, { madeBy, ids: [] });
    expect(left.map(({ id }) => id)).toEqual([suspended.id]);
  });
});
