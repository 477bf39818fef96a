import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { waitAndSync } from "../sync/index.ts";
import { addSource, removeSource } from "./index.ts";

const NOW = 1_800_000_000;
const DAY = 86_400;

describe.each(testEngines)("GET /api/sources/{id}/removal on %s", (engine) => {
  test("says what removing it then does, for whom, and what comes instead; and changes nothing", async () => {
    await using directory = await makeTemporaryDirectory("removal");
    await using server = await startTestServer(engine);
    const { core } = server;
    const { db } = core.database;
    const manager = await server.createManagementToken({
      scopes: ["sources:read", "tokens:write", "packages:read"],
    });
    const url = async (folder: string) => {
      const repository = await GitRepository.create(join(directory.path, folder));
      repository.commit({ "composer.json": JSON.stringify({ name: "acme/core" }) });
      for (const tag of ["1.0.0", "1.1.0"]) repository.tag(tag, { annotated: true });
      await repository.write();
      return `file://${repository.directory}`;
    };
    const source = await addSource(core, commandLine, { url: await url("core.git") });
    await waitAndSync(core.sync, source.id);
    const rival = await addSource(core, commandLine, { url: await url("fork.git") });
    await waitAndSync(core.sync, rival.id);
    const metadata = { customer_id: 7 };
    await sellToken(server, manager, { allowed_package_prefixes: ["acme/core"], metadata });
    const token = await sellToken(server, manager, { allowed_package_prefixes: ["acme/"], metadata });
    await sellToken(server, manager, { allowed_package_prefixes: ["acme/core"], expires_at: NOW - 1 });
    await sellToken(server, manager, { allowed_package_prefixes: ["globex/"] });
    const { id: packageId } = await db.selectFrom("packages").select("id").executeTakeFirstOrThrow();
    const today = NOW - (NOW % DAY);
    for (const [day, downloads] of [
      [today, 3],
      [today - 29 * DAY, 4],
      [today - 30 * DAY, 100],
    ] as const) {
      const row = { token: token.id, package: packageId, version_normalized: "1.0.0.0", day, downloads, installs: 0 };
      await db.insertInto("version_downloads").values(row).execute();
    }
    const before = await db.selectFrom("versions").selectAll().orderBy("id").execute();
    const answer = await server.api("GET", `/api/sources/${source.id}/removal`, manager);
    expect([answer.status, answer.json()]).toEqual([
      200,
      {
        packages: [{ name: "acme/core", versions: 3, replaced_by_source: rival.id }],
        ...{ versions: 3, tokens: 2, customers: 1, downloads_30_days: 7 },
      },
    ]);
    expect(await db.selectFrom("versions").selectAll().orderBy("id").execute()).toEqual(before);
    const detail = await server.api("GET", `/api/sources/${source.id}`, manager);
    expect(detail.json()).toMatchObject({
      ...{ package_names: ["acme/core"], packages: 1, versions: 3 },
      last_run: { outcome: "succeeded", finished_at: NOW },
    });
    expect(await removeSource(core, commandLine, source.id)).toEqual({ versionsWithdrawn: 3 });
    // By itself as well, at once: whichever is first.
    await waitAndSync(core.sync, rival.id);
    const offered = await db.selectFrom("versions").select("source").where("withdrawn_at", "is", null).execute();
    expect(offered).toEqual(Array(3).fill({ source: rival.id }));
    const nothing = await server.api("GET", `/api/sources/${source.id}/removal`, manager);
    expect(nothing.status).toBe(404);
  });
});
