import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { commandLine } from "../callers/index.ts";
import { addSource, removeSource } from "../sources/index.ts";
import { syncSource } from "./index.ts";
import type { SyncReport } from "./index.ts";

const json = (manifest: object) => ({ "composer.json": JSON.stringify(manifest) });

interface Entry {
  id: string;
  title: string;
  what_to_do: string;
  times: number;
}

async function setUp(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("skipped"));
  const server = stack.use(await startTestServer(engine));
  const receiver = stack.use(await startWebhookReceiver());
  const upstream = await GitRepository.create(join(directory.path, "core.git"));
  const host = stack.use(await startGitHttpServer({ root: directory.path }));
  const owner = await server.createManagementToken({
    scopes: ["webhooks:write", "sources:read", "tokens:read", "tokens:write"],
  });
  await server.api("POST", "/api/webhooks", owner, { url: receiver.url, events: ["source.version_skipped"] });
  const { core, clock } = server;
  upstream.commit(json({ name: "acme/core", version: "1.1.14" }));
  upstream.tag("1.1.14");
  upstream.tag("0.9.0");
  await upstream.write();
  const source = await addSource(core, commandLine, { url: `${host.url}/core.git` });
  return {
    server,
    core,
    upstream,
    owner,
    source,
    /** Upstream as it is now, a sync of it, and what receivers are told of. */
    async sync() {
      await upstream.write();
      let report: SyncReport | "busy" = "busy";
      // The server's own scheduler may be at it.
      await expect
        .poll(async () => (report = await syncSource(core.sync, source.id)), { timeout: 20_000 })
        .not.toBe("busy");
      await server.application.webhooks.runDue();
      clock.advanceSeconds(60);
      return { report: report as unknown as SyncReport, told: receiver.received.splice(0).map(({ data }) => data) };
    },
    async open(by = owner): Promise<Entry[]> {
      return (await server.api("GET", "/api/attention?kind=source.version_skipped", by)).json() as Entry[];
    },
    async badge(): Promise<unknown> {
      const answer = await server.api("GET", `/api/sources/${source.id}`, owner);
      return (answer.json() as Record<string, unknown>)["skipped_releases"];
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.each(testEngines)("a release whose tag is skipped on %s", (engine) => {
  // The commonest accident there is: the release never reaches anybody, and the vendor hears of it from support.
  test("is told once, with what to do, at the source, among what needs attention and to webhooks", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    // What was tagged before the first sync is an import, told of as a number only.
    expect(await bench.sync()).toMatchObject({ told: [], report: { skippedReleases: [], outcome: "succeeded" } });
    upstream.commit(json({ name: "acme/core", version: "1.1.14", description: "New" }));
    upstream.tag("1.2.0");
    upstream.tag("nightly");
    const { told, report } = await bench.sync();
    const reason = 'the tag "1.2.0" does not match the version "1.1.14" in composer.json';
    const remedy = 'remove "version" from composer.json and tag again as 1.2.1';
    expect(report.skippedReleases).toEqual([{ ref: "1.2.0", reason, remedy }]);
    expect(told).toMatchObject([
      { id: bench.source.id, name: bench.source.name, tag: "1.2.0", reason, what_to_do: remedy, label: "acme/core" },
    ]);
    expect(await bench.open()).toMatchObject([
      {
        title: `Nobody gets the release 1.2.0 of ${bench.source.name}: its tag is skipped`,
        what_to_do: `T${reason.slice(1)}: ${remedy}. If it is no release, dismiss this.`,
        times: 1,
        subject: { kind: "source", id: bench.source.id },
        shop: null,
      },
    ]);
    expect(await bench.badge()).toBe(1);
    upstream.commit(json({ name: "acme/core", version: "1.1.14", description: "Newer" }));
    expect(await bench.sync()).toMatchObject({ told: [], report: { skippedReleases: [] } });
    expect(await bench.open()).toHaveLength(1);
  });

  test("is settled by the release that follows, by itself", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    await bench.sync();
    upstream.commit({ "composer.json": null });
    upstream.tag("1.2.0");
    upstream.commit(json({ name: "acme/core" }));
    upstream.tag("8.x-2.0");
    expect((await bench.sync()).told).toHaveLength(2);
    expect(await bench.badge()).toBe(2);
    // Of an older line: whoever waits for 1.2 still has nothing.
    upstream.tag("1.1.15");
    await bench.sync();
    expect(await bench.badge()).toBe(2);
    upstream.tag("1.2.1");
    await bench.sync();
    expect(await bench.open()).toMatchObject([{ what_to_do: expect.stringContaining("tag 2.0.0 as well") as unknown }]);
    upstream.tag("2.0.0");
    await bench.sync();
    expect(await bench.open()).toEqual([]);
    expect(await bench.badge()).toBe(0);
  });

  test("is settled by its own tag when that is moved or deleted, and told anew when the new one is no better", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    await bench.sync();
    upstream.commit({ "composer.json": `\uFEFF${JSON.stringify({ name: "acme/core" })}` });
    upstream.tag("1.3.0");
    await bench.sync();
    expect(await bench.open()).toMatchObject([
      { what_to_do: expect.stringContaining("save it without BOM") as unknown },
    ]);
    upstream.commit({ "composer.json": "{ still no json" });
    upstream.tag("1.3.0");
    expect((await bench.sync()).told).toHaveLength(1);
    expect(await bench.open()).toMatchObject([{ times: 2 }]);
    upstream.commit(json({ name: "acme/core" }));
    upstream.tag("1.3.0");
    expect((await bench.sync()).told).toEqual([]);
    expect(await bench.badge()).toBe(0);
  });

  test("is gone from everywhere when it is dismissed, and with its source", async () => {
    await using bench = await setUp(engine);
    await bench.sync();
    bench.upstream.commit({ "composer.json": null });
    bench.upstream.tag("1.2.0");
    await bench.sync();
    const [entry] = await bench.open();
    const dismissed = await bench.server.api("POST", `/api/attention/${entry?.id ?? ""}/dismiss`, bench.owner, {});
    expect(dismissed.status).toBe(200);
    expect([await bench.badge(), await bench.open()]).toEqual([0, []]);
    bench.upstream.tag("1.3.0");
    await bench.sync();
    expect(await bench.open()).toHaveLength(1);
    await removeSource(bench.core, commandLine, bench.source.id);
    expect(await bench.open()).toEqual([]);
  });

  test("is shown to nobody who may not read sources, or is kept to some packages", async () => {
    await using bench = await setUp(engine);
    await bench.sync();
    bench.upstream.commit({ "composer.json": null });
    bench.upstream.tag("1.2.0");
    await bench.sync();
    expect(await bench.open(await bench.server.createManagementToken({ scopes: ["tokens:read"] }))).toEqual([]);
    const scopes = ["tokens:read", "sources:read"] as const;
    const bounded = await bench.server.createManagementToken({ prefixes: ["globex/"], scopes: [...scopes] });
    expect(await bench.open(bounded)).toEqual([]);
    expect(await bench.open(await bench.server.createManagementToken({ scopes: [...scopes] }))).toHaveLength(1);
  });

  // A second tag of one commit loses nothing, and neither does what a filter keeps out on purpose.
  test("is none where the same commit is published under another spelling", async () => {
    await using bench = await setUp(engine);
    await bench.sync();
    bench.upstream.commit(json({ name: "acme/core" }));
    bench.upstream.tag("1.2.0");
    bench.upstream.tag("v1.2");
    const { told, report } = await bench.sync();
    expect(report.skipped.map(({ ref }) => ref)).toContain("v1.2");
    expect(told).toEqual([]);
  });
});
