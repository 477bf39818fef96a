import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";

const NOW = 1_800_000_000;
const last = (secret: string) => `…${secret.slice(-4)}`;

async function start(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  for (const name of ["acme/checkout", "acme/theme"]) await hostPackage(server.core.database, name, ["1.0.0"]);
  return { server, shop: await server.createManagementToken() };
}

async function sell(server: TestServer, shop: string, customer_id: string | undefined, prefix: string, more = {}) {
  return await sellToken(server, shop, { allowed_package_prefixes: [prefix], metadata: { customer_id }, ...more });
}

async function told(server: TestServer, path: string, secret: string): Promise<string> {
  const { warning } = (await server.composer(path, secret)).json() as { warning?: string };
  return warning ?? "";
}

describe.each(testEngines)("a refusal of somebody who has another token on %s", (engine) => {
  test("says that the other one opens the package, instead of to buy it", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const first = await sell(server, shop, "c1", "acme/checkout");
    const second = await sell(server, shop, "c1", "acme/theme");
    const text = await told(server, "/p2/acme/checkout.json", second.token);
    expect(text).toContain(last(first.token));
    expect(text).not.toMatch(/buy/);
    // As long as that one works.
    await server.api("DELETE", `/api/tokens/${first.id}`, shop);
    expect(await told(server, "/p2/acme/checkout.json", second.token)).toMatch(/buy it from the vendor/);
  });

  test("names the one that works where the token that was sent does not", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const revoked = await sell(server, shop, "c1", "acme/checkout");
    const expired = await sell(server, shop, "c1", "acme/checkout", { expires_at: NOW - 5 });
    await server.api("DELETE", `/api/tokens/${revoked.id}`, shop);
    for (const { token } of [revoked, expired]) {
      expect(await told(server, "/packages.json", token)).toMatch(/ask the vendor|renew with the vendor/);
    }
    const live = await sell(server, shop, "c1", "acme/theme");
    for (const { token } of [revoked, expired]) {
      const answer = await server.composer("/packages.json", token);
      expect(answer.status).toBe(401);
      expect(answer.text).toContain(`${last(live.token)}) works`);
    }
  });

  test("tells nothing across customers, of guests, or to who holds a project token", async () => {
    const { server, shop } = await start(engine);
    await using _ = server;
    const elsewhere = await server.createManagementToken({ shop: "us" });
    const all = [
      await sell(server, shop, "c2", "acme/checkout"),
      await sell(server, elsewhere, "c1", "acme/checkout"),
      await sell(server, shop, undefined, "acme/checkout"),
      await sell(server, shop, "c1", "acme/checkout", { access: "project" }),
    ];
    const asking = [await sell(server, shop, "c1", "acme/theme"), await sell(server, shop, undefined, "acme/theme")];
    const project = await sell(server, shop, "c2", "acme/theme", { access: "project" });
    for (const { token } of [...asking, project]) {
      const text = await told(server, "/p2/acme/checkout.json", token);
      for (const other of all) expect(text).not.toContain(last(other.token));
    }
    await server.api("DELETE", `/api/tokens/${project.id}`, shop);
    expect(await told(server, "/packages.json", project.token)).toMatch(/ask the vendor/);
  });
});
