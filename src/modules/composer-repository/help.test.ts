import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const REFERENCE = "5".repeat(40);
const HELP = "https://acme.example/support";

describe.each(testEngines)("the vendor's support on %s", (engine) => {
  test("ends every line that a buyer reads in composer, from the request after it was set", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", [
      { version: "1.0.0", releasedAt: NOW - 900 },
      { version: "2.0.0", releasedAt: NOW - 100, reference: REFERENCE },
    ]);
    await hostPackage(server.core.database, "acme/other", [{ version: "1.0.0", reference: REFERENCE }]);
    await hostPackage(server.core.database, "acme/gone", [{ version: "1.0.0", isWithdrawn: true }]);
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const sell = (more: object) => sellToken(server, shop, { allowed_package_prefixes: ["acme/core"], ...more });
    const [live, limited] = [await sell({ updates_until: NOW - 500 }), await sell({ rate_limit_max: 1 })];
    const gone = await sell({ allowed_package_prefixes: ["acme/gone"] });
    const late = await sell({ expires_at: NOW - 5, grace_days: 3 });
    const expired = await sell({ expires_at: NOW - 5 });
    await server.composer("/packages.json", limited.token);
    const lines = async () => {
      const asked = [
        server.composer("/packages.json", undefined),
        server.composer("/packages.json", undefined, { authorization: "Bearer pbt_none" }),
        server.composer("/packages.json", expired.token),
        server.composer("/packages.json", late.token),
        server.composer("/packages.json", limited.token),
        server.composer("/p2/acme/core.json", live.token),
        server.composer("/p2/acme/other.json", live.token),
        server.composer("/p2/acme/gone.json", gone.token),
        server.composer(`/dist/acme/core/${REFERENCE}.zip`, live.token),
        server.composer(`/dist/acme/other/${REFERENCE}.zip`, live.token),
      ];
      return (await Promise.all(asked)).map((answer) => {
        const { warning, info } = answer.json() as { warning?: string; info?: string };
        return warning ?? info ?? "";
      });
    };
    const set = async (body: object) =>
      expect((await server.api("PATCH", "/api/settings", shop, body)).status).toBe(200);
    const plain = await lines();
    for (const line of plain) expect(line).not.toMatch(/^$|Help:/);
    await set({ support_email: "help@acme.example", support_url: HELP });
    expect(await lines()).toEqual(plain.map((line) => `${line} Help: ${HELP}`));
    await set({ support_url: null });
    expect(await lines()).toEqual(plain.map((line) => `${line} Help: help@acme.example`));
    await set({ support_email: null });
    expect(await lines()).toEqual(plain);
  });

  // Two brands on one server: their buyers write to whom they bought from.
  test("is that of the package, else of the shop, and what ended is sent to where it is renewed", async () => {
    await using server = await startTestServer(engine);
    await hostPackage(server.core.database, "acme/core", [{ version: "1.0.0", reference: REFERENCE }]);
    await hostPackage(server.core.database, "acme/plain", ["1.0.0"]);
    const admin = await server.createManagementToken({ scopes: [...SCOPES] });
    const west = await server.createManagementToken({ scopes: [...SCOPES], shop: "west" });
    const set = async (path: string, body: object, caller = admin) =>
      expect((await server.api("PATCH", path, caller, body)).status, path).toBe(200);
    const address = (what: string) => `https://acme.example/${what}`;
    await set("/api/settings", { support_url: address("help"), renew_url: address("renew") });
    await set("/api/shops/west", { support_email: "west@acme.example", renew_url: address("west") }, west);
    await set("/api/packages/acme/core", { renew_url: address("core") });
    const sell = (caller: string, more: object) =>
      sellToken(server, caller, { allowed_package_prefixes: ["acme/sold"], ...more });
    const ends = async (path: string, { token }: { token: string }) => {
      const answer = (await server.composer(path, token)).json() as { warning?: string };
      return answer.warning?.split(" Help: ")[1];
    };
    const [ofAdmin, ofWest] = [await sell(admin, {}), await sell(west, {})];
    expect(await ends("/p2/acme/core.json", ofAdmin)).toBe(address("core"));
    expect(await ends("/p2/acme/core.json", ofWest)).toBe(address("core"));
    expect(await ends("/p2/acme/plain.json", ofAdmin)).toBe(address("renew"));
    expect(await ends("/p2/acme/plain.json", ofWest)).toBe(address("west"));
    expect(await ends(`/dist/acme/core/${REFERENCE}.zip`, ofWest)).toBe(address("core"));
    const expired = { expires_at: NOW - 5 };
    expect(await ends("/packages.json", await sell(admin, expired))).toBe(address("renew"));
    expect(await ends("/packages.json", await sell(west, expired))).toBe(address("west"));
    for (const { id } of [ofAdmin, ofWest])
      await server.api("DELETE", `/api/tokens/${id}`, id === ofWest.id ? west : admin);
    expect(await ends("/packages.json", ofAdmin)).toBe(address("help"));
    expect(await ends("/packages.json", ofWest)).toBe("west@acme.example");

    expect((await server.api("PATCH", "/api/shops/default", west, {})).status).toBe(404);
    expect((await server.api("PATCH", "/api/shops/none", admin, {})).status).toBe(404);
    const bad = await server.api("PATCH", "/api/shops/west", west, { renew_url: "javascript:alert(1)" });
    expect(bad.status).toBe(400);
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    expect((await server.api("PATCH", "/api/shops/default", bounded, {})).status).toBe(403);
  });
});
