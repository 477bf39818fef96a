import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { grantShop } from "../../testing/grant-lines.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const ALL = { scopes: [...SCOPES] };
const CORE = { allowed_package_prefixes: ["acme/core"] };

async function setUp(server: TestServer) {
  await hostPackage(server.core.database, "acme/core", ["1.0.0", "2.0.0-beta1", "dev-main"]);
  const stability = async (by: string, id: string) =>
    ((await server.api("GET", `/api/tokens/${id}`, by)).json() as { stability: string | null }).stability;
  const sees = async (secret: string) => {
    const files = await Promise.all(
      ["acme/core", "acme/core~dev"].map((name) => server.composer(`/p2/${name}.json`, secret)),
    );
    return files.flatMap((file) => {
      const { packages } = file.json() as { packages: Record<string, { version: string }[]> };
      return (packages["acme/core"] ?? []).map(({ version }) => version);
    });
  };
  return { stability, sees };
}

describe.each(testEngines)("the stability of a management token on %s", (engine) => {
  // A handler that nobody may change must not sell what the vendor does not offer to everybody.
  test("is that of every sale that names none, and of one that says null", async () => {
    await using server = await startTestServer(engine);
    const { stability, sees } = await setUp(server);
    const shop = await server.createManagementToken({ ...ALL, stability: "stable" });
    const unmodified = await sellToken(server, shop, CORE);
    expect(await stability(shop, unmodified.id)).toBe("stable");
    expect(await sees(unmodified.token)).toEqual(["1.0.0"]);
    const asPhpSends = await sellToken(server, shop, { ...CORE, stability: null });
    expect(await sees(asPhpSends.token)).toEqual(["1.0.0"]);
    const everything = await sellToken(server, shop);
    expect(await sees(everything.token)).toEqual(["1.0.0"]);
  });

  test("is a default: a sale and a change may name another one, and dev is everything", async () => {
    await using server = await startTestServer(engine);
    const { stability, sees } = await setUp(server);
    const shop = await server.createManagementToken({ ...ALL, stability: "stable" });
    const tester = await sellToken(server, shop, { ...CORE, stability: "dev" });
    expect(await sees(tester.token)).toEqual(["2.0.0-beta1", "1.0.0", "dev-main"]);
    const patch = (body: object) => server.api("PATCH", `/api/tokens/${tester.id}`, shop, body);
    await patch({ description: "Still a tester" });
    expect(await stability(shop, tester.id)).toBe("dev");
    await patch({ stability: "beta" });
    expect(await sees(tester.token)).toEqual(["2.0.0-beta1", "1.0.0"]);
    await patch({ stability: null });
    expect(await sees(tester.token)).toEqual(["1.0.0"]);
  });

  test("is of lines of orders, too, and of what a token of a customer gets later; not of what has no packages", async () => {
    await using server = await startTestServer(engine);
    const { stability, sees } = await setUp(server);
    const shop = await server.createManagementToken({ ...ALL, stability: "stable" });
    const lines = grantShop(server, shop);
    expect(await lines.put("1", { package: "acme/core" })).toMatchObject({ stability: "stable" });
    const metadata = { customer_id: "42" };
    const reader = await sellToken(server, shop, { access: "customer", metadata });
    expect(await stability(shop, reader.id)).toBeNull();
    expect(await sees(reader.token)).toEqual(["1.0.0"]);
    const project = { access: "project", metadata, ...CORE };
    expect(await stability(shop, (await sellToken(server, shop, project)).id)).toBeNull();
    server.clock.advanceSeconds(1);
    expect(await lines.put("1", { package: "acme/core", stability: "dev" })).toMatchObject({ stability: "dev" });
    await server.api("PATCH", `/api/tokens/${reader.id}`, shop, CORE);
    expect(await stability(shop, reader.id)).toBe("stable");
    // One credential per customer: the sale is a line as well.
    const one = await server.createManagementToken({ ...ALL, stability: "beta", credential: "customer" });
    const sold = await sellToken(server, one, { ...CORE, metadata: { customer_id: "43", order_id: "7" } });
    expect(await sees(sold.token)).toEqual(["2.0.0-beta1", "1.0.0"]);
  });

  test("none, as management tokens from before have it, sells every version; it can be set and cleared", async () => {
    await using server = await startTestServer(engine);
    const { stability, sees } = await setUp(server);
    const owner = await server.createManagementToken(ALL);
    const made = (
      await server.api("POST", "/api/management-tokens", owner, {
        name: "shop",
        scopes: ["tokens:write", "tokens:read"],
      })
    ).json() as { id: string; token: string; stability: null };
    expect(made.stability).toBeNull();
    const before = await sellToken(server, made.token, CORE);
    expect(await sees(before.token)).toEqual(["2.0.0-beta1", "1.0.0", "dev-main"]);
    const set = (value: unknown) =>
      server.api("PATCH", `/api/management-tokens/${made.id}`, owner, { stability: value });
    expect((await set("stable")).json()).toMatchObject({ stability: "stable" });
    expect(await stability(made.token, (await sellToken(server, made.token, CORE)).id)).toBe("stable");
    // What was sold stays as it was.
    expect(await sees(before.token)).toEqual(["2.0.0-beta1", "1.0.0", "dev-main"]);
    server.clock.advanceSeconds(1);
    expect((await set("stabil")).json()).toMatchObject({ status: 400, errors: [{ pointer: "/stability" }] });
    expect((await set(null)).json()).toMatchObject({ stability: null });
    expect(await stability(made.token, (await sellToken(server, made.token, CORE)).id)).toBeNull();
    const { db } = server.core.database;
    const records = db.selectFrom("audit_events").select("details").where("action", "=", "management_token.updated");
    expect(
      (await records.orderBy("occurred_at").execute()).map(({ details }) => JSON.parse(details) as unknown),
    ).toMatchObject([{ after: { stability: "stable" } }, { before: { stability: "stable" } }]);
  });
});
