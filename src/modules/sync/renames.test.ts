import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { SCOPES, commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { syncSource } from "./index.ts";

const json = (fields: object) => ({ "composer.json": JSON.stringify(fields) });

describe.each(testEngines)("a renamed package on %s", (engine) => {
  // Otherwise buyers of the old name lose what they paid for, and the vendor learns it from them.
  test("is told to the vendor at the sync, and by one call all that opens the old name opens the new one", async () => {
    await using directory = await makeTemporaryDirectory("renames");
    await using server = await startTestServer(engine);
    await using receiver = await startWebhookReceiver();
    const upstream = await GitRepository.create(join(directory.path, "core.git"));
    upstream.commit(json({ name: "acme/old" }));
    upstream.tag("1.0.0");
    await upstream.write();
    await using closing = new AsyncDisposableStack();
    const git = closing.adopt(await startGitHttpServer({ root: directory.path }), (one) => one.close());
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    await server.api("POST", "/api/webhooks", shop, { url: receiver.url, events: ["package.renamed"] });
    const { core, clock } = server;
    const source = await addSource(core, commandLine, { url: `${git.url}/core.git` });
    const sync = async () => {
      // The server's own scheduler may be at it.
      await expect.poll(() => syncSource(core.sync, source.id), { timeout: 20_000 }).not.toBe("busy");
      clock.advanceSeconds(1);
    };
    await sync();
    const own = await sellToken(server, shop, { allowed_package_prefixes: ["acme/old"] });
    const line = { package: "acme/old", constraint: "^1.0" };
    const ofLine = "/api/customers/c1/grants/default/o-1/1";
    expect((await server.api("PUT", ofLine, shop, line)).status).toBe(201);
    const held = await sellToken(server, shop, { access: "customer", metadata: { customer_id: "c1" } });
    const stranger = await sellToken(server, shop, { allowed_package_prefixes: ["acme/other"] });

    upstream.commit(json({ name: "acme/new" }));
    upstream.tag("2.0.0");
    await upstream.write();
    await sync();
    await server.application.webhooks.runDue();
    const facts = { package: "acme/old", successor: "acme/new", tokens: 2, customers: 1 };
    expect(receiver.received).toMatchObject([{ type: "package.renamed", data: { ...facts, source_id: source.id } }]);
    const open = async () => (await server.api("GET", "/api/attention?kind=package.renamed", shop)).json();
    expect(await open()).toMatchObject([
      {
        subject: { kind: "package", id: "acme/old" },
        title: "acme/old is called acme/new in its repository now",
        what_to_do: expect.stringContaining("(tokens: 2)") as unknown,
      },
    ]);
    const warning = async (name: string, token: string) =>
      ((await server.composer(`/p2/${name}.json`, token)).json() as { warning?: string }).warning;
    const versions = async (token: string) => {
      const { packages } = (await server.composer("/p2/acme/new.json", token)).json() as {
        packages: Record<string, { version: string }[]>;
      };
      return packages["acme/new"]?.map(({ version }) => version);
    };
    expect(await warning("acme/old", own.token)).toContain("no version of it is offered");
    expect(await warning("acme/new", own.token)).toContain("not part of what your token was bought for");

    const rename = { successor: "acme/new" };
    expect((await server.api("PATCH", "/api/packages/acme/old", shop, rename)).json()).toMatchObject(rename);
    expect(await open()).toEqual([]);
    expect(await versions(own.token)).toEqual(["2.0.0", "1.0.0"]);
    // With the terms of the grant that it follows from.
    expect(await versions(held.token)).toEqual(["1.0.0"]);
    expect(await versions(stranger.token)).toEqual([]);
    expect(await warning("acme/old", own.token)).toBe(
      'acme/old is acme/new now: run "composer remove acme/old", then "composer require acme/new".',
    );
    const root = (await server.composer("/packages.json", own.token)).json();
    expect(root).toMatchObject({ "available-packages": ["acme/new", "acme/old"] });
    // Shops go on naming what they always sold.
    const later = await sellToken(server, shop, { allowed_package_prefixes: ["acme/old"] });
    expect(await versions(later.token)).toEqual(["2.0.0", "1.0.0"]);
    const who = (await server.api("GET", "/api/packages/acme/new/access", shop)).json() as {
      access: { token_id: string }[];
    };
    expect(who.access.map(({ token_id }) => token_id).sort()).toEqual([own.id, held.id, later.id].sort());
    const ask = `/api/access/explain?token_id=${own.id}&package=acme/new`;
    expect((await server.api("GET", ask, shop)).json()).toMatchObject({ allowed: true });

    // What is renamed already is not told again.
    upstream.commit(json({ name: "acme/new", description: "x" }));
    await upstream.write();
    await sync();
    expect(await open()).toEqual([]);
    await server.api("PATCH", "/api/packages/acme/old", shop, { successor: null });
    expect(await versions(own.token)).toEqual([]);
    // One that was a mistake is over with the mistake.
    upstream.commit(json({ name: "acme/newest" }));
    await upstream.write();
    await sync();
    expect(await open()).toMatchObject([{ subject: { id: "acme/new" } }]);
    upstream.commit(json({ name: "acme/new" }));
    await upstream.write();
    await sync();
    expect(((await open()) as { subject: { id: string } }[]).map(({ subject }) => subject.id)).toEqual(["acme/newest"]);
  });
});
