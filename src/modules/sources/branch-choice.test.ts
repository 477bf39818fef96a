import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";

const URL = "https://git.invalid/acme/core.git";
const OWNER = { scopes: ["sources:read", "sources:write"] };

describe.each(testEngines)("the branches of a source over the API on %s", (engine) => {
  test("are the default one and numbered ones unless told, are changed alone, and recorded", async () => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken(OWNER);
    const added = (await server.api("POST", "/api/sources", owner, { url: URL })).json() as { id: string };
    expect(added).toMatchObject({ branches: "default", left_out_branches: 0 });
    const change = async (body: object) =>
      (await server.api("PATCH", `/api/sources/${added.id}`, owner, body)).json() as object;
    const patterns = ["HEAD", "release/*"];
    expect(await change({ branches: [" HEAD", "release/*", "HEAD"] })).toMatchObject({ branches: patterns });
    expect(await change({ name: "core" })).toMatchObject({ branches: patterns, name: "core" });
    expect(await change({ branches: "none" })).toMatchObject({ branches: "none" });
    expect(await change({ branches: null })).toMatchObject({ branches: "default" });
    const all = await server.api("POST", "/api/sources", owner, { url: `${URL}/2`, branches: "all" });
    expect(all.json()).toMatchObject({ branches: "all" });
    const { db } = server.core.database;
    const records = db.selectFrom("audit_events").select("details").where("target_id", "=", added.id);
    const told = (await records.execute()).map(({ details }) => JSON.parse(details) as unknown);
    expect(told).toContainEqual(
      expect.objectContaining({ after: expect.objectContaining({ branches: "default" }) as unknown }),
    );
    expect(told).toContainEqual({
      before: expect.objectContaining({ branches: patterns }) as unknown,
      after: expect.objectContaining({ branches: "none" }) as unknown,
    });
  });

  test.each<[string, unknown, string]>([
    ["another word", "main", "/branches"],
    ["an empty list, which might mean all or none", [], "/branches"],
    ["an empty pattern", ["main", " "], "/branches/1"],
    ["the whole name of a ref", ["refs/heads/main"], "/branches/0"],
    ["what no branch can be called", ["a b"], "/branches/0"],
    ["a regular expression", ["^main$"], "/branches/0"],
    ["more than 100", Array.from({ length: 101 }, (_, index) => `b${index}`), "/branches"],
  ])("refuse %s, by its place, and store nothing", async (_what, branches, pointer) => {
    await using server = await startTestServer(engine);
    const owner = await server.createManagementToken(OWNER);
    const answer = await server.api("POST", "/api/sources", owner, { url: URL, branches });
    expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
    expect((await server.api("GET", "/api/sources", owner)).json()).toEqual([]);
  });
});
