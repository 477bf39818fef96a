import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const NAMES = ["acme/core", "acme/next", "acme/last", "globex/core"];

async function setUp(engine: (typeof testEngines)[number]) {
  const server = await startTestServer(engine);
  for (const name of NAMES) {
    const extra = name === "acme/core" ? { abandoned: "acme/elsewhere" } : {};
    await hostPackage(server.core.database, name, [{ version: "1.0.0", extra }, "2.0.0"]);
  }
  const shop = await server.createManagementToken({ scopes: [...SCOPES] });
  const { token } = await sellToken(server, shop, { allowed_package_prefixes: ["acme/"] });
  const change = (name: string, body: object, caller = shop) =>
    server.api("PATCH", `/api/packages/${name}`, caller, body);
  const abandoned = async (name: string) => {
    const answer = await server.composer(`/p2/${name}.json`, token);
    const { packages } = answer.json() as { packages: Record<string, { abandoned?: unknown }[]> };
    // Minified: what is not repeated is as in the entry before, "__unset" is gone.
    return packages[name]?.map((entry) => entry.abandoned);
  };
  return { server, shop, token, change, abandoned };
}

describe.each(testEngines)("PATCH /api/packages/{vendor}/{name} on %s", (engine) => {
  // Who stays on an old version would never hear that it is given up.
  test("abandons every version, takes another package instead, keeps what a version gave up, and takes it back", async () => {
    const { server, change, abandoned, shop } = await setUp(engine);
    await using _ = server;
    expect(await abandoned("acme/core")).toEqual([undefined, "acme/elsewhere"]);
    const set = async (body: object) => (await change("acme/core", body)).json();
    expect(await set({ abandoned: true })).toMatchObject({ abandoned: "", abandoned_by_vendor: true });
    expect(await abandoned("acme/core")).toEqual([true, undefined]);
    expect(await set({ abandoned: "Acme/Next" })).toMatchObject({ abandoned: "acme/next" });
    expect(await abandoned("acme/core")).toEqual(["acme/next", undefined]);
    expect(await set({ abandoned: false })).toMatchObject({ abandoned: null, abandoned_by_vendor: false });
    expect(await abandoned("acme/core")).toEqual([undefined, undefined]);
    expect(await set({ abandoned: null })).toMatchObject({ abandoned: null, abandoned_by_vendor: null });
    expect(await abandoned("acme/core")).toEqual([undefined, "acme/elsewhere"]);
    await set({ abandoned: null });
    const rows = (await server.api("GET", "/api/audit-events?action=package.changed", shop)).json() as unknown[];
    expect(rows).toHaveLength(4);
  });

  test("refuses a successor that nobody hosts, that is the package itself, or that leads back to it", async () => {
    const { server, change } = await setUp(engine);
    await using _ = server;
    const problems = async (name: string, successor: unknown) => {
      const answer = await change(name, { successor });
      return [answer.status, (answer.json() as { errors?: { detail: string }[] }).errors?.[0]?.detail];
    };
    expect(await problems("acme/core", "acme/none")).toEqual([400, expect.stringContaining("acme/none is not")]);
    expect(await problems("acme/core", "acme/core")).toEqual([400, expect.stringContaining("another package")]);
    expect(await problems("acme/core", "not a name")).toEqual([400, expect.stringContaining("such as")]);
    expect(await problems("acme/core", "acme/next")).toEqual([200, undefined]);
    expect(await problems("acme/next", "acme/last")).toEqual([200, undefined]);
    expect(await problems("acme/last", "acme/core")).toEqual([400, expect.stringContaining("lead back")]);
  });

  test("follows names over several steps, by the terms of each grant, and never to a stranger", async () => {
    const { server, change, shop } = await setUp(engine);
    await using _ = server;
    const { token } = await sellToken(server, shop, { allowed_package_prefixes: ["acme/core"], constraint: "^1.0" });
    await change("acme/core", { successor: "acme/next" });
    await change("acme/next", { successor: "globex/core" });
    const seen = async (name: string) => {
      const answer = await server.composer(`/p2/${name}.json`, token);
      if (answer.status !== 200) return answer.status;
      return (answer.json() as { packages: Record<string, { version: string }[]> }).packages[name]?.map(
        ({ version }) => version,
      );
    };
    for (const name of ["acme/core", "acme/next", "globex/core"]) expect(await seen(name), name).toEqual(["1.0.0"]);
    expect(await seen("acme/last")).toEqual([]);
    const other = await sellToken(server, shop, { allowed_package_prefixes: ["acme/last"] });
    expect((await server.composer("/p2/globex/core.json", other.token)).status).toBe(404);
  });

  test("is for packages within the caller's bound, and so is their successor", async () => {
    const { server, change } = await setUp(engine);
    await using _ = server;
    const bounded = await server.createManagementToken({ scopes: [...SCOPES], prefixes: ["acme/"] });
    expect((await change("globex/core", { abandoned: true }, bounded)).status).toBe(404);
    expect((await change("acme/core", { successor: "globex/core" }, bounded)).status).toBe(400);
    expect((await change("acme/core", { successor: "acme/next" }, bounded)).status).toBe(200);
  });
});
