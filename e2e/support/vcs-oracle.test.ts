import { expect, test } from "vitest";
import { awkwardRepositories } from "./awkward-repositories.ts";
import { startGitHttpServer } from "./git-http-server.ts";
import { UNUSABLE_TAGS, buildSampleVendors } from "./sample-vendors.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";
import { askComposerVcs, composerVcsVersions } from "./vcs-oracle.ts";

test("Composer reads every usable tag and branch of the sample vendors", async () => {
  await using directory = await makeTemporaryDirectory("vendors");
  const vendors = await buildSampleVendors(directory.path);
  let tags = 0;
  for (const built of [...vendors.acme, ...vendors.globex]) {
    const names = await built.repository.tags();
    const unusable = UNUSABLE_TAGS[built.name] ?? [];
    const versions = await composerVcsVersions(built.repository.directory);
    tags += names.length;
    expect(new Set(versions.map(({ name }) => name))).toEqual(new Set([built.name]));
    expect(versions.filter(({ isDev }) => !isDev)).toHaveLength(names.length - unusable.length);
    expect(versions.find(({ isDefaultBranch }) => isDefaultBranch)?.aliases).toEqual([
      expect.objectContaining({ version: built.plan.mainIsAliasOf }),
    ]);
  }
  expect(tags).toBeGreaterThanOrEqual(35);
});

test("Composer says what it makes of awkward repositories", async () => {
  await using directory = await makeTemporaryDirectory("awkward");
  const reports = new Map(
    await Promise.all(
      (await awkwardRepositories(directory.path)).map(
        async ({ name, repository }) => [name, await askComposerVcs(repository.directory)] as const,
      ),
    ),
  );
  expect([...reports.values()].map(({ error }) => error)).toEqual(Array.from(reports, () => null));

  const spellings = reports.get("tag-spellings");
  const normalized = new Map(spellings?.versions.map((entry) => [entry.version, entry.version_normalized]));
  expect(normalized.get("1.0.0-b3")).toBe("1.0.0.0-beta3");
  expect(normalized.get("2.0")).toBe("2.0.0.0");
  expect(normalized.has("1.x-dev")).toBe(false);
  expect(spellings?.messages).toContain("<warning>Skipped tag latest, invalid tag name</warning>");

  const links = reports.get("links")?.versions.find(({ version }) => version === "1.0.0");
  expect(links).toMatchObject({
    version_normalized: "1.0.0.0",
    isDev: false,
    replace: { "awkward/part-a": "self.version" },
    requireDev: { "awkward/tools": "dev-main as 1.0.x-dev" },
    type: "library",
  });
  expect(links?.sourceReference).toMatch(/^[0-9a-f]{40}$/u);

  const renamed = reports.get("renamed")?.versions.find(({ version }) => version === "1.1.0");
  expect(renamed).toMatchObject({ name: "Awkward/Renamed", time: "2024-01-01T01:01:01+00:00" });
});

test("asks a git server as well, with the vendor's password", async () => {
  await using directory = await makeTemporaryDirectory("vendors");
  const vendors = await buildSampleVendors(directory.path);
  await using server = await startGitHttpServer({ root: vendors.root, username: "vendor", password: "secret" });
  const slider = vendors.package("globex/slider");
  const overHttp = await askComposerVcs(`${server.url}/${slider.path}`, { username: "vendor", password: "secret" });
  const references = overHttp.versions.map(({ sourceReference }) => sourceReference);
  expect(references).toEqual(
    (await composerVcsVersions(slider.repository.directory)).map(({ sourceReference }) => sourceReference),
  );
  expect(references.length).toBeGreaterThan(0);

  const refused = await askComposerVcs(`${server.url}/${slider.path}`, { username: "vendor", password: "wrong" });
  expect(refused.versions).toEqual([]);
  expect(refused.error).not.toBeNull();
});

test("a sample package releases more, and moves a tag to other content", async () => {
  await using directory = await makeTemporaryDirectory("vendors");
  const core = (await buildSampleVendors(directory.path)).package("acme/core");
  const old = await core.repository.resolve("v1.1.0");
  const released = await core.release("v2.1.0", { date: "2024-09-01T10:00:00Z" });
  const moved = await core.moveTag("v1.1.0");
  const versions = await composerVcsVersions(core.repository.directory);
  const commitOf = (version: string) => versions.find((entry) => entry.version === version)?.sourceReference;
  expect(moved).not.toBe(old);
  expect(commitOf("v1.1.0")).toBe(moved);
  expect(commitOf("v2.1.0")).toBe(released);
});
