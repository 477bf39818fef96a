import path from "node:path";
import { expect, test } from "vitest";
import { commandLine } from "../src/modules/callers/index.ts";
import { addSource } from "../src/modules/sources/index.ts";
import { waitAndSync } from "../src/modules/sync/index.ts";
import { startTestServer } from "../src/testing/test-server.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { GitRepository } from "./support/git-repository.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

// A limit that breaks the first install of a real shop would be switched off by every vendor.
test("a cold composer update of 40 packages passes under a limit of 1000 requests an hour", async () => {
  await using directory = await makeTemporaryDirectory("forty");
  await using server = await startTestServer("sqlite");
  const names = Array.from({ length: 40 }, (_, index) => `acme/module-${index}`);
  for (const name of names) {
    const file = path.join(directory.path, `${name.replace("/", "-")}.git`);
    const repository = await GitRepository.create(file);
    repository.commit({ "composer.json": JSON.stringify({ name }), "src/Module.php": "<?php\n" });
    repository.tag("1.0.0", { annotated: true });
    await repository.write();
    const source = await addSource(server.core, commandLine, { url: `file://${file}` });
    await waitAndSync(server.core.sync, source.id);
  }
  const management = await server.createManagementToken();
  const body = { description: "cold", allowed_package_prefixes: ["acme/"], rate_limit_max: 1000 };
  const minted = (await server.api("POST", "/api/tokens", management, body)).json() as { id: string; token: string };
  await using project = await createComposerProject({ repositoryUrl: server.url });
  await project.configureFromEmail(minted.token);
  await project.updateManifest({ require: Object.fromEntries(names.map((name) => [name, "^1.0"])) });
  const update = await project.run(["update"]);
  expect(update.exitCode).toBe(0);
  expect(update.output).not.toContain("Warning from");
  expect(Object.keys(await project.lockedVersions())).toHaveLength(40);
  const token = (await server.api("GET", `/api/tokens/${minted.id}`, management)).json() as {
    usage: { requests_this_hour: number; downloads_total: number; rate_limit_remaining: number };
  };
  expect(token.usage.downloads_total).toBe(40);
  expect(token.usage.requests_this_hour).toBeLessThan(150);
  expect(token.usage.rate_limit_remaining).toBeGreaterThan(800);
});
