import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { syncSource } from "./index.ts";

describe.each(testEngines)("webhooks are told of syncs on %s", (engine) => {
  test("when a source begins to fail, when it recovers, and of each new version, once", async () => {
    await using directory = await makeTemporaryDirectory("notices");
    await using server = await startTestServer(engine);
    await using receiver = await startWebhookReceiver();
    const upstream = await GitRepository.create(join(directory.path, "core.git"));
    const release = async (version: string) => {
      upstream.commit({ "composer.json": JSON.stringify({ name: "acme/core", description: version }) });
      upstream.tag(version);
      await upstream.write();
    };
    await release("1.0.0");
    await using closing = new AsyncDisposableStack();
    const git = closing.adopt(await startGitHttpServer({ root: directory.path }), (one) => one.close());
    const token = await server.createManagementToken({ scopes: ["webhooks:write"] });
    const events = ["source.*", "package.*"];
    await server.api("POST", "/api/webhooks", token, { url: receiver.url, events });
    const { core, clock } = server;
    const { db } = core.database;
    const source = await addSource(core, commandLine, { url: `${git.url}/core.git` });
    const sync = async () => {
      // The server's own scheduler may be at it.
      await expect.poll(() => syncSource(core.sync, source.id), { timeout: 20_000 }).not.toBe("busy");
      await server.application.webhooks.runDue();
      const told = receiver.received.splice(0);
      clock.advanceSeconds(1);
      return told;
    };
    // A first sync imports what was released long ago.
    expect(await sync()).toEqual([]);
    // So does a release of ours that can read a tag which the one before could not.
    await db.updateTable("source_refs").set({ version: null, skipped_reason: "was not understood" }).execute();
    await db.deleteFrom("versions").execute();
    await db.updateTable("sources").set({ reading_key: null }).execute();
    expect(await sync()).toEqual([]);
    expect(await db.selectFrom("versions").select("version").where("is_dev", "=", 0).execute()).toHaveLength(1);
    await release("1.1.0");
    await release("1.2.0");
    const released = await sync();
    expect(released.map(({ type }) => type)).toEqual(["package.version_released", "package.version_released"]);
    expect(released.map(({ data }) => data["version"]).sort()).toEqual(["1.1.0", "1.2.0"]);
    expect(released[0]?.data).toMatchObject({ package: "acme/core", stability: "stable", source_id: source.id });
    upstream.commit({ "composer.json": JSON.stringify({ name: "acme/core", description: "moved" }) });
    upstream.tag("1.2.0");
    await upstream.write();
    expect(await sync()).toEqual([]);
    await server.core.database.db
      .updateTable("sources")
      .set({ url: `${git.url}/gone.git` })
      .execute();
    expect(await sync()).toMatchObject([{ type: "source.failing", data: { id: source.id, name: source.name } }]);
    expect(await sync()).toEqual([]);
    await server.core.database.db
      .updateTable("sources")
      .set({ url: `${git.url}/core.git` })
      .execute();
    expect(await sync()).toMatchObject([{ type: "source.recovered", data: { id: source.id, state_detail: null } }]);
    expect(await sync()).toEqual([]);
    expect(await server.core.database.db.selectFrom("notices").selectAll().execute()).toEqual([]);
  });
});
