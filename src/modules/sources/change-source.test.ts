import path from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { waitAndSync } from "../sync/index.ts";
import { addSource, changeSource, findSource, removeSource } from "./index.ts";

async function sourceOf(directory: string): Promise<GitRepository> {
  const repository = await GitRepository.create(path.join(directory, "core.git"));
  repository.commit({ "composer.json": JSON.stringify({ name: "acme/core" }) });
  repository.tag("1.0.0", { annotated: true });
  await repository.write();
  return repository;
}

async function buyerOf(server: TestServer): Promise<string> {
  const shop = await server.createManagementToken();
  const answer = await server.api("POST", "/api/tokens", shop, {
    description: "x",
    allowed_package_prefixes: ["acme/"],
  });
  return (answer.json() as { token: string }).token;
}

async function versionsFor(server: TestServer, token: string): Promise<unknown[]> {
  const document = (await server.composer("/p2/acme/core.json", token)).json() as {
    packages: Record<string, unknown[]>;
  };
  return document.packages["acme/core"] ?? [];
}

describe.each(testEngines)("changing a source on %s", (engine) => {
  // A git host's access token runs out; without this the source would be lost with it.
  test("a new password is used by the next sync, and neither is in an audit record", async () => {
    await using directory = await makeTemporaryDirectory("change");
    await sourceOf(directory.path);
    await using git = await startGitHttpServer({ root: directory.path, username: "ci", password: "old-secret" });
    await using server = await startTestServer(engine);
    const url = `${git.url}/core.git`;
    const source = await addSource(server.core, commandLine, { url, username: "ci", password: "old-secret" });
    expect((await waitAndSync(server.core.sync, source.id)).outcome).toBe("succeeded");
    git.credentials = { username: "ci", password: "new-secret" };
    expect((await waitAndSync(server.core.sync, source.id)).detail).toMatch(/authentication failed/);
    await changeSource(server.core, commandLine, source.id, { password: "new-secret" });
    expect((await waitAndSync(server.core.sync, source.id)).outcome).toBe("succeeded");
    const records = await server.core.database.db.selectFrom("audit_events").selectAll().execute();
    expect(records.map((record) => record.action)).toContain("source.updated");
    expect(JSON.stringify(records)).not.toMatch(/old-secret|new-secret/);
  });

  test("a new filter decides at the next sync what is published", async () => {
    await using directory = await makeTemporaryDirectory("change");
    const repository = await sourceOf(directory.path);
    await using server = await startTestServer(engine);
    // Its scheduler would be faster.
    await server.stop();
    const source = await addSource(server.core, commandLine, {
      url: `file://${repository.directory}`,
      filters: ["globex/"],
    });
    expect((await waitAndSync(server.core.sync, source.id)).outcome).toBe("failed");
    expect((await changeSource(server.core, commandLine, source.id, { filters: ["acme/*"] })).filters).toEqual([
      "acme/",
    ]);
    expect((await waitAndSync(server.core.sync, source.id)).versionsPublished).toBe(2);
  });

  test("refuses a filter it cannot read and changes nothing", async () => {
    await using directory = await makeTemporaryDirectory("change");
    const repository = await sourceOf(directory.path);
    await using server = await startTestServer(engine);
    const source = await addSource(server.core, commandLine, {
      url: `file://${repository.directory}`,
      filters: ["acme/"],
    });
    await expect(changeSource(server.core, commandLine, source.id, { name: "other", filters: ["*"] })).rejects.toThrow(
      /vendor/,
    );
    expect(await findSource(server.core, source.id)).toMatchObject({ filters: ["acme/"], name: source.name });
    await expect(changeSource(server.core, commandLine, "src_unknown", { name: "x" })).rejects.toThrow(
      "There is no source",
    );
  });

  // Whoever bought goes on installing from a lock file; nobody finds the package any more.
  test("a removed source leaves p2 at once, its archives go on, and its URL can be added again", async () => {
    await using directory = await makeTemporaryDirectory("remove");
    const repository = await sourceOf(directory.path);
    await using server = await startTestServer(engine);
    const source = await addSource(server.core, commandLine, { url: `file://${repository.directory}` });
    await waitAndSync(server.core.sync, source.id);
    const token = await buyerOf(server);
    const [version] = (await versionsFor(server, token)) as { dist: { url: string } }[];
    const distPath = new URL(version?.dist.url ?? "").pathname;
    expect(await removeSource(server.core, commandLine, source.id)).toEqual({ versionsWithdrawn: 2 });
    expect(await versionsFor(server, token)).toEqual([]);
    const search = (await server.composer("/search.json?q=core", token)).json();
    expect(search).toEqual({ results: [], total: 0 });
    expect((await server.composer(distPath, token)).status).toBe(200);
    expect(await findSource(server.core, source.id)).toBeUndefined();
    const again = await addSource(server.core, commandLine, { url: `file://${repository.directory}` });
    expect((await waitAndSync(server.core.sync, again.id)).outcome).toBe("succeeded");
    expect(await versionsFor(server, token)).toHaveLength(1);
  });
});
