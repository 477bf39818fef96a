import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCore } from "../compose.ts";
import type { Core } from "../compose.ts";
import { readConfig } from "../config.ts";
import { makeTemporaryDirectory } from "../../e2e/support/temporary-directory.ts";
import { commandLine } from "../modules/callers/index.ts";
import { createManagementToken, listManagementTokens } from "../modules/management-tokens/index.ts";
import { listSources } from "../modules/sources/index.ts";
import { prepareDemo } from "./prepare-demo.ts";
import { sampleRepositories } from "./sample-repositories.ts";
import { ensureRepository } from "./write-repository.ts";

async function openDemoCore() {
  await using cleanUp = new AsyncDisposableStack();
  // A space, as in the home directory of many a newcomer.
  const directory = cleanUp.use(await makeTemporaryDirectory("demo data"));
  const core = await openCore(
    readConfig({ DATA_DIR: directory.path, ALLOW_LOCAL_SOURCES: "1", LOG_LEVEL: "fatal", PATH: process.env["PATH"] }),
  );
  cleanUp.defer(() => core.close());
  const owned = cleanUp.move();
  return { core, dataDir: directory.path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function listReferences(core: Core) {
  const { db } = core.database;
  const versions = db.selectFrom("versions").innerJoin("packages", "packages.id", "versions.package");
  return await versions.select(["packages.name", "version", "reference", "is_dev"]).orderBy("reference").execute();
}

test("every sample package is published, with tags, a pre-release and its main branch", async () => {
  await using demo = await openDemoCore();
  await prepareDemo(demo.core);
  const published = await listReferences(demo.core);
  for (const { name, releases } of sampleRepositories) {
    const versions = published.filter((row) => row.name === name).map(({ version }) => version);
    expect(versions.sort()).toEqual([...releases.map(({ tag }) => tag), "dev-main"].sort());
    expect(versions.filter((version) => /alpha|beta|RC/.test(version))).toHaveLength(1);
  }
});

test("a second start changes nothing but the management token", async () => {
  await using demo = await openDemoCore();
  const first = await prepareDemo(demo.core);
  const published = await listReferences(demo.core);
  const second = await prepareDemo(demo.core);
  expect(await listReferences(demo.core)).toEqual(published);
  expect(await listSources(demo.core)).toHaveLength(sampleRepositories.length);
  const tokens = await listManagementTokens(demo.core);
  const lastFourIn = (text: string) => /pbm_\w+/.exec(text)?.[0].slice(-4);
  expect(new Map(tokens.map(({ last_four, status }) => [last_four, status]))).toEqual(
    new Map([
      [lastFourIn(first), "revoked"],
      [lastFourIn(second), "active"],
    ]),
  );
});

test("the commits are the same on every machine", async () => {
  await using one = await openDemoCore();
  await using other = await openDemoCore();
  await prepareDemo(one.core);
  await prepareDemo(other.core);
  expect(await listReferences(one.core)).toEqual(await listReferences(other.core));
});

test("a start that was interrupted is completed by the next", async () => {
  await using demo = await openDemoCore();
  const [first, second] = sampleRepositories;
  const repositories = join(demo.dataDir, "demo-repositories");
  await ensureRepository(demo.core.git, join(repositories, `${first?.name}.git`), first!);
  await mkdir(join(repositories, `${second?.name}.git.new`, "objects"), { recursive: true });
  await writeFile(join(repositories, `${second?.name}.git.new`, "HEAD"), "ref: refs/he");
  await prepareDemo(demo.core);
  const sources = await listSources(demo.core);
  expect(new Map(sources.map(({ name, state, skipped_refs }) => [name, [state, skipped_refs]]))).toEqual(
    new Map(sampleRepositories.map(({ name }) => [name, ["active", 0]])),
  );
});

// Somebody who exports DATA_DIR for the real server and tries the demo in the same shell.
test("a real installation is left alone", async () => {
  await using real = await openDemoCore();
  await createManagementToken(real.core, commandLine, { name: "shop", scopes: ["tokens:write"] });
  await expect(prepareDemo(real.core)).rejects.toThrow("holds an installation of its own");
  expect(await listSources(real.core)).toEqual([]);
  expect(await listManagementTokens(real.core)).toHaveLength(1);
});
