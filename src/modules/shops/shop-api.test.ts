import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";

const NOW = 1_800_000_000;
const NO_ADDRESSES = { support_email: null, support_url: null, renew_url: null };

describe.each(testEngines)("GET /api/shops on %s", (engine) => {
  // Names of other shops are names of other people's businesses.
  test("shows a user every shop by name, and a management token none but its own", async () => {
    await using server = await startTestServer(engine);
    const west = await server.createManagementToken({ scopes: ["tokens:read"], shop: "west" });
    server.clock.advanceSeconds(5);
    await server.createManagementToken({ scopes: ["tokens:read"], shop: "east" });
    const viewer = await logIn(server, { role: "viewer" });
    const all = (await viewer.api("GET", "/api/shops")).json() as { name: string }[];
    expect(all.filter(({ name }) => name !== "default")).toEqual([
      { name: "east", created_at: NOW + 5, ...NO_ADDRESSES },
      { name: "west", created_at: NOW, ...NO_ADDRESSES },
    ]);
    const own = [{ name: "west", created_at: NOW, ...NO_ADDRESSES }];
    expect((await server.api("GET", "/api/shops", west)).json()).toEqual(own);
    expect((await server.api("GET", "/api/shops?shop=east", west)).status).toBe(400);
  });
});
