import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const ROUNDS = 12;

async function countDeadlocks(server: TestServer): Promise<number> {
  const counted = sql<{ deadlocks: number }>`select deadlocks from pg_stat_database where datname = current_database()`;
  return (await counted.execute(server.core.database.db)).rows[0]?.deadlocks ?? Number.NaN;
}

describe.each(testEngines)("what changes the same at once on %s", (engine) => {
  // Shops' handlers do not look at the answer: what fails is a refund whose buyer goes on installing.
  test.each([
    ["credentials of customers", { credential: "customer" as const, notify: true }],
    ["tokens of their own", { notify: true }],
  ])("leaves nothing of a revoked order alive, of %s, and fails for nobody", async (_what, settings) => {
    await using server = await startTestServer(engine, { SMTP_URL: "smtp://127.0.0.1:9", MAIL_FROM: "a@example.com" });
    server.application.mails.pause();
    const shop = await server.createManagementToken({ scopes: [...SCOPES], ...settings });
    for (let round = 0; round < ROUNDS; round++) {
      const order_id = `O-${round}`;
      const customer_id = String(1000 + round);
      const metadata = { customer_id, customer_email: `${customer_id}@example.com`, order_id };
      const sold = [];
      for (const name of ["acme/one", "acme/two", "acme/three"]) {
        sold.push(
          await sellToken(server, shop, { metadata, allowed_package_prefixes: [name], expires_at: 1_900_000_000 }),
        );
      }
      const [first, second, third] = sold.map(({ id }) => id);
      const requests = [
        () => server.api("POST", `/api/orders/${order_id}/revoke`, shop, { customer_id }),
        () => server.api("DELETE", `/api/tokens/${first}`, shop),
        () => server.api("POST", `/api/tokens/${second}/renew`, shop, { by: "P1M", renewal_id: `r-${round}` }),
        () => server.api("PATCH", `/api/tokens/${third}`, shop, { description: "Changed" }),
        () => server.api("POST", `/api/tokens/${third}/rotate`, shop, {}),
        () => server.api("POST", `/api/customers/${customer_id}/revoke`, shop, {}),
      ];
      const turned = [...requests.slice(round % requests.length), ...requests.slice(0, round % requests.length)];
      const answers = await Promise.all(turned.map((request) => request()));
      for (const { status, text } of answers) expect(status, text).toBeLessThan(500);
      for (const { status, text } of answers) expect(status, text).not.toBe(400);
      const listed = await server.api("GET", `/api/tokens?customer_id=${customer_id}&status=active`, shop);
      expect(listed.json(), `round ${round}`).toEqual([]);
      for (const { token } of sold) expect((await server.composer("/packages.json", token)).status).toBe(401);
    }
    // PostgreSQL ended none of two that waited for each other, so none had to run again.
    if (engine === "postgres") expect(await countDeadlocks(server)).toBe(0);
  });

  test("neither refuses to convert a token nor to confirm whose it is", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: [...SCOPES], credential: "customer" });
    for (let round = 0; round < ROUNDS; round++) {
      const customer_id = String(round + 1);
      const sell = (order_id: string, customer_email: string) =>
        sellToken(server, shop, {
          allowed_package_prefixes: ["acme/core"],
          metadata: { customer_id, order_id: `${order_id}-${round}`, customer_email },
        });
      await sell("A", `known-${round}@example.com`);
      const { id } = await sell("B", `other-${round}@example.com`);
      const list = await server.api("GET", "/api/attention?kind=customer.another_address", shop);
      const [entry] = list.json() as { id: string }[];
      const answers = await Promise.all([
        server.api("POST", `/api/attention/${entry?.id ?? ""}/confirm`, shop, {}),
        server.api("POST", `/api/tokens/${id}/convert`, shop, { same_person: true }),
      ]);
      for (const { status, text } of answers) expect(status, text).toBe(200);
    }
    if (engine === "postgres") expect(await countDeadlocks(server)).toBe(0);
  });
});
