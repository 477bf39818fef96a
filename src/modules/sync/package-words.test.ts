import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { syncSource } from "./index.ts";

describe.each(testEngines)("what composer.json says of the package on %s", (engine) => {
  test("counts for every version when the default branch gives it up, and a search finds the words of any version", async () => {
    await using directory = await makeTemporaryDirectory("words");
    await using server = await startTestServer(engine);
    const upstream = await GitRepository.create(join(directory.path, "core.git"));
    const write = async (fields: object) => {
      upstream.commit({ "composer.json": JSON.stringify({ name: "acme/core", ...fields }) });
      await upstream.write();
    };
    await write({ description: "Fast checkout", keywords: ["Onepage", "Größe"] });
    upstream.tag("1.0.0");
    await write({ description: "Checkout", keywords: ["payment"] });
    upstream.tag("2.0.0");
    await upstream.write();
    await using closing = new AsyncDisposableStack();
    const git = closing.adopt(await startGitHttpServer({ root: directory.path }), (one) => one.close());
    const source = await addSource(server.core, commandLine, { url: `${git.url}/core.git` });
    const sync = async () => {
      // The server's own scheduler may be at it.
      await expect.poll(() => syncSource(server.core.sync, source.id), { timeout: 20_000 }).not.toBe("busy");
      server.clock.advanceSeconds(1);
    };
    await sync();
    const shop = await server.createManagementToken();
    const { token } = await sellToken(server, shop, { allowed_package_prefixes: ["acme/"] });
    const ask = async (path: string) => (await server.composer(path, token)).json();
    for (const words of ["onepage", "GRÖSSE nothing größe", "payment", "fast", "acme/co"]) {
      expect(await ask(`/search.json?q=${encodeURIComponent(words)}`), words).toMatchObject({ total: 1 });
    }
    expect(await ask("/search.json?q=nothing")).toEqual({ results: [], total: 0 });

    const abandoned = async () => {
      const { packages } = (await ask("/p2/acme/core.json")) as { packages: Record<string, { abandoned?: unknown }[]> };
      return packages["acme/core"]?.[0]?.abandoned;
    };
    expect(await abandoned()).toBeUndefined();
    // Nothing is tagged for it.
    await write({ abandoned: "acme/next" });
    await sync();
    expect(await abandoned()).toBe("acme/next");
    expect(await ask("/search.json?q=core")).toMatchObject({ results: [{ abandoned: "acme/next" }] });
    await write({});
    await sync();
    expect(await abandoned()).toBeUndefined();
    expect(await ask("/search.json?q=onepage")).toMatchObject({ total: 1 });
  });
});
