import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commandLine } from "../src/modules/callers/index.ts";
import { addSource } from "../src/modules/sources/index.ts";
import { waitAndSync } from "../src/modules/sync/index.ts";
import { testEngines } from "../src/testing/database.ts";
import { sellToken } from "../src/testing/sales.ts";
import { startTestServer } from "../src/testing/test-server.ts";
import type { ComposerProject } from "./support/composer-client.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { GitRepository } from "./support/git-repository.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const EXTRA = `{"10":"a","2":"b","id":9007199254740993,"rate":1.0,"big":1.5e300,"zero":-0.0,"none":[],"object":{},"deep":{"7":[{"3":1,"1":2.50}]}}`;
const manifest = (extra: string) => `{"name": "acme/exact", "extra": ${extra}, "scripts": {"9": "x", "1": "y"}}`;

/** What composer.lock says of a package, from `extra` on, byte by byte. */
async function lockedExtra(project: ComposerProject): Promise<string> {
  const result = await project.run(["update", "--no-install"]);
  expect(result.exitCode, result.output).toBe(0);
  const lock = await readFile(join(project.directory, "composer.lock"), "utf8");
  return /"extra": \{[\s\S]*?\n {12}\},?\n/.exec(lock)?.[0].replace(/,?\n$/, "") ?? lock;
}

test.each(testEngines)(
  "what a vendor says in extra is in composer.lock as from the repository itself, on %s",
  async (engine) => {
    await using directory = await makeTemporaryDirectory("exact");
    const repository = await GitRepository.create(join(directory.path, "exact.git"));
    repository.commit({ "composer.json": manifest(EXTRA) });
    repository.tag("1.0.0");
    repository.commit({ "composer.json": manifest(`{"2":"b","10":"a","rate":1}`) });
    repository.tag("1.1.0");
    repository.commit({ "composer.json": manifest(`{"rate": 1e999}`) });
    repository.tag("1.2.0");
    repository.commit({ "composer.json": manifest("{}") });
    await repository.write();
    await using server = await startTestServer(engine);
    const source = await addSource(server.core, commandLine, { url: `file://${repository.directory}` });
    const report = await waitAndSync(server.core.sync, source.id);
    expect(report.skipped).toMatchObject([
      { ref: "1.2.0", reason: expect.stringContaining("too large for PHP") as unknown },
    ]);
    const manager = await server.createManagementToken();
    const { token } = await sellToken(server, manager, { allowed_package_prefixes: ["acme/"] });
    const p2 = (await server.composer("/p2/acme/exact.json", token)).text;
    expect(p2).toContain(`"extra":{"2":"b","10":"a","rate":1}`);
    expect(p2).toContain(`"extra":${EXTRA}`);

    for (const version of ["1.0.0", "1.1.0"]) {
      await using buyer = await createComposerProject({ repositoryUrl: server.url });
      await buyer.configureFromEmail(token);
      await buyer.updateManifest({ require: { "acme/exact": version } });
      await using owner = await createComposerProject({ repositoryUrl: server.url });
      await writeFile(
        join(owner.directory, "composer.json"),
        JSON.stringify({
          repositories: [{ type: "vcs", url: repository.directory }, { "packagist.org": false }],
          require: { "acme/exact": version },
        }),
      );
      const [ours, theirs] = [await lockedExtra(buyer), await lockedExtra(owner)];
      expect(ours).toContain(`"2": "b"`);
      expect(ours).toBe(theirs);
    }
  },
  120_000,
);
