import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { createComposerProject } from "./composer-client.ts";
import { expectedFiles } from "./file-hashes.ts";
import { runToolOrFail } from "./processes.ts";
import type { SamplePackage } from "./sample-package.ts";
import { buildSampleVendors } from "./sample-vendors.ts";
import { type StubAnswers, startStubBroker } from "./stub-broker.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

async function zipOf(built: SamplePackage, tag: string, directory: string): Promise<Buffer> {
  const file = path.join(directory, `${tag}.zip`);
  await runToolOrFail("git", ["-C", built.repository.directory, "archive", `--output=${file}`, tag]);
  return await readFile(file);
}

/** A static Composer repository that offers one version of acme/core. */
function staticRepository(url: string, zip: Buffer, reference: string): StubAnswers {
  const distUrl = `${url}/dist/acme/core/${reference}.zip`;
  const shasum = createHash("sha1").update(zip).digest("hex");
  const version = {
    name: "acme/core",
    version: "1.1.0",
    dist: { type: "zip", url: distUrl, reference, shasum },
    autoload: { "psr-4": { "Acme\\Core\\": "src/" } },
  };
  return {
    "GET /packages.json": { body: { packages: { "acme/core": { "1.1.0": version } } } },
    [`GET ${new URL(distUrl).pathname}`]: { body: zip },
  };
}

test("the real composer, configured by the guide's e-mail, installs what git archive has", async () => {
  await using directory = await makeTemporaryDirectory("vendors");
  const core = (await buildSampleVendors(directory.path)).package("acme/core");
  const reference = await core.repository.resolve("v1.1.0");
  const zip = await zipOf(core, "v1.1.0", directory.path);
  await using broker = await startStubBroker((url) => staticRepository(url, zip, reference));
  await using project = await createComposerProject({ repositoryUrl: broker.url });
  await project.configureFromEmail("pbt_secret");

  const required = await project.run(["require", "acme/core:^1.0"]);
  expect(required.output).toContain("Installing acme/core (1.1.0)");
  expect(required.exitCode).toBe(0);
  expect(await project.lockedVersions()).toEqual({ "acme/core": "1.1.0" });
  const installed = await project.installedFiles("acme/core");
  expect(installed).toEqual(await expectedFiles(core.repository.directory, "v1.1.0"));
  expect(Object.keys(installed)).toContain("src/Version.php");
  expect(Object.keys(installed)).not.toContain("tests/VersionTest.php");
  const code = 'require "vendor/autoload.php"; echo Acme\\Core\\Version::line();';
  expect(await project.runPhp(code)).toBe("acme/core 1.1.0");
  const basic = `Basic ${Buffer.from("token:pbt_secret").toString("base64")}`;
  expect(new Set(broker.requests.map(({ authorization }) => authorization))).toEqual(new Set([basic]));

  // From the lock with an empty cache, the archive is fetched again.
  await project.removeVendor();
  await project.clearCache();
  broker.requests.length = 0;
  expect((await project.run(["install"])).exitCode).toBe(0);
  expect(broker.requests.map(({ url }) => url)).toContain(`/dist/acme/core/${reference}.zip`);
  expect(await project.installedFiles("acme/core")).toEqual(installed);
});

test("composer never leaves the machine: a name that nobody has fails at once, packagist.org is not asked", async () => {
  await using broker = await startStubBroker(() => ({ "GET /packages.json": { body: { packages: [] } } }));
  await using project = await createComposerProject({ repositoryUrl: broker.url });
  await project.configureFromEmail("pbt_secret");
  const result = await project.run(["require", "psr/log"]);
  expect(result.exitCode).not.toBe(0);
  expect(result.output).toContain("Could not find a matching version of package psr/log");
  expect(result.output).not.toContain("packagist.org");
});

test("a refusal of the repository is what composer prints", async () => {
  const answer = { status: 401, body: { warning: "This token has expired." } };
  await using broker = await startStubBroker(() => ({ "GET /packages.json": answer }));
  await using project = await createComposerProject({ repositoryUrl: broker.url });
  await project.configureFromEmail("pbt_old");
  const result = await project.run(["require", "acme/core"]);
  expect(result.exitCode).not.toBe(0);
  expect(result.output).toContain(`Warning from ${project.host}: This token has expired.`);
});
