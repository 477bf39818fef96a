import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { openedPackages } from "../../testing/opened-packages.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const END = 1_800_000_000 + 365 * 86_400;
const NAMES = ["acme/checkout", "acme/theme"];

async function start(engine: TestEngine, credential: "customer" | undefined = "customer") {
  const server = await startTestServer(engine);
  for (const name of NAMES) await hostPackage(server.core.database, name, ["1.0.0"]);
  const shop = await server.createManagementToken({ scopes: [...SCOPES], credential });
  const sell = (order_id: string, name: string) =>
    sellToken(server, shop, {
      allowed_package_prefixes: [name],
      expires_at: END,
      metadata: { customer_id: "c1", customer_email: "c1@example.com", order_id },
    });
  const call = async (method: string, path: string, body?: object) => {
    server.clock.advanceSeconds(1);
    return await server.api(method, path, shop, body);
  };
  const opened = (secret: string) => openedPackages(server, secret, NAMES);
  return { server, sell, call, opened };
}

const LINE = "/api/customers/c1/grants/default/O-1/acme%2Fcheckout";

describe.each(testEngines)("what a token was sold with and was refunded on %s", (engine) => {
  test("is brought back by no change of the token's terms", async () => {
    for (const refund of ["line", "order"] as const) {
      const { server, sell, call, opened } = await start(engine);
      await using _ = server;
      const [first, second] = [await sell("O-1", "acme/checkout"), await sell("O-2", "acme/theme")];
      const refunded =
        refund === "line" ? await call("DELETE", LINE) : await call("POST", "/api/orders/O-1/revoke", {});
      expect(refunded.status, refunded.text).toBe(200);
      for (const change of [{ expires_at: END + 5 }, { grace_days: 3 }, { constraint: "^1.0" }]) {
        const answer = await call("PATCH", `/api/tokens/${first.id}`, change);
        expect(answer.json(), refund).toMatchObject({ status: 409, code: "resource.conflict" });
        expect(answer.text).toContain("was cancelled");
      }
      // What says nothing of the terms goes on.
      expect((await call("PATCH", `/api/tokens/${first.id}`, { description: "looked at" })).status).toBe(200);
      for (const { token } of [first, second]) expect(await opened(token), refund).toEqual(["acme/theme"]);
    }
  });

  test("stays ended when the token is revoked and restored later; what ended with it comes back", async () => {
    for (const refund of ["line", "order"] as const) {
      const { server, sell, call, opened } = await start(engine);
      await using _ = server;
      const [first, second] = [await sell("O-1", "acme/checkout"), await sell("O-2", "acme/theme")];
      const refunded =
        refund === "line" ? await call("DELETE", LINE) : await call("POST", "/api/orders/O-1/revoke", {});
      expect(refunded.status, refunded.text).toBe(200);
      await call("DELETE", `/api/tokens/${first.id}`);
      expect((await call("POST", `/api/tokens/${first.id}/restore`, {})).status).toBe(200);
      for (const { token } of [first, second]) expect(await opened(token), refund).toEqual(["acme/theme"]);
      await call("DELETE", `/api/tokens/${second.id}`);
      expect(await opened(first.token)).toEqual([]);
      await call("POST", `/api/tokens/${second.id}/restore`, {});
      expect(await opened(first.token)).toEqual(["acme/theme"]);
    }
  });

  test("a renewal that counted before a token was converted does not count again after it", async () => {
    const { server, sell, call } = await start(engine, undefined);
    await using _ = server;
    const { id } = await sell("O-1", "acme/checkout");
    const renewal = { by: "P1Y", renewal_id: "r-1" };
    const renewed = (await call("POST", `/api/tokens/${id}/renew`, renewal)).json() as { expires_at: number };
    expect(renewed).toMatchObject({ applied: true });
    expect((await call("POST", `/api/tokens/${id}/convert`, {})).status).toBe(200);
    const again = await call("POST", `/api/tokens/${id}/renew`, renewal);
    expect(again.json()).toMatchObject({ applied: false, expires_at: renewed.expires_at });
    const next = await call("POST", `/api/tokens/${id}/renew`, { ...renewal, renewal_id: "r-2" });
    expect(next.json()).toMatchObject({ applied: true });
  });

  test("one renewal of a line counts once for two management tokens with one bound, in whatever order it was typed", async () => {
    await using server = await startTestServer(engine);
    const renewal = { by: "P1Y", renewal_id: "r-1" };
    const line = "/api/customers/c2/grants/default/O-1/1";
    const bounds = [
      ["globex/", "acme/"],
      ["acme/", "globex/"],
    ];
    const applied: unknown[] = [];
    for (const [index, prefixes] of bounds.entries()) {
      const by = await server.createManagementToken({ scopes: [...SCOPES], prefixes });
      if (index === 0) await server.api("PUT", line, by, { package: "acme/core", expires_at: END });
      applied.push(((await server.api("POST", `${line}/renew`, by, renewal)).json() as { applied: boolean }).applied);
    }
    expect(applied).toEqual([true, false]);
  });
});
