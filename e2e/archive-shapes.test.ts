import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commandLine } from "../src/modules/callers/index.ts";
import { mirrorDirectory } from "../src/modules/packages/index.ts";
import { addSource } from "../src/modules/sources/index.ts";
import { waitAndSync } from "../src/modules/sync/index.ts";
import { openMirror } from "../src/platform/git/index.ts";
import { storeArchive } from "../src/testing/archives.ts";
import { startTestServer } from "../src/testing/test-server.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { expectedFiles } from "./support/file-hashes.ts";
import { GitRepository } from "./support/git-repository.ts";
import type { FileChanges } from "./support/git-repository.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const HIDDEN = "/composer.json export-ignore\n/.gitattributes export-ignore\n";

/** What is left of each is one directory, which Composer takes away if it stands alone in an archive. */
const SHAPES: Readonly<Record<string, FileChanges>> = {
  "acme/lone": {
    "composer.json": JSON.stringify({ name: "acme/lone", autoload: { "psr-4": { "Lone\\": "src/" } } }),
    "src/Thing.php": "<?php\nnamespace Lone;\nclass Thing { const NAME = 'lone'; }\n",
    ".gitattributes": HIDDEN,
  },
  "acme/wordpress": {
    "composer.json": JSON.stringify({ name: "acme/wordpress", autoload: { files: ["my-plugin/my-plugin.php"] } }),
    "my-plugin/my-plugin.php": "<?php\n/* Plugin Name: Mine */\nconst MY_PLUGIN = 'loaded';\n",
    ".gitattributes": HIDDEN,
  },
  "acme/old": { "composer.json": JSON.stringify({ name: "acme/old" }), "src/a.php": "<?php\n" },
  "acme/awkward": {
    "composer.json": JSON.stringify({ name: "acme/awkward", bin: ["bin/tool"] }),
    "bin/tool": { mode: "100755", content: "#!/bin/sh\necho works\n" },
    "link.php": { mode: "120000", content: "src/a.php" },
    "src/a.php": "<?php\n",
    "src/empty.php": "",
    "données/ü ß.php": "<?php\n",
    "large.bin": Buffer.alloc(3_000_000, "0123456789abcdef"),
    "tests/a.php": "<?php // left out\n",
    VERSION: "$Format:%H %D$\n",
    ".gitattributes": "/tests export-ignore\nVERSION export-subst\n",
  },
};

const stack = new AsyncDisposableStack();
let server: Awaited<ReturnType<typeof startTestServer>>;
let root: string;
let token: string;
const repositories = new Map<string, GitRepository>();

beforeAll(async () => {
  root = stack.use(await makeTemporaryDirectory("shapes")).path;
  server = stack.use(await startTestServer("sqlite"));
  for (const [name, files] of Object.entries(SHAPES)) {
    const repository = await GitRepository.create(path.join(root, `${name.replace("/", "-")}.git`));
    repository.commit(files);
    repository.tag("1.0.0", { annotated: true });
    await repository.write();
    repositories.set(name, repository);
    const source = await addSource(server.core, commandLine, { url: `file://${repository.directory}` });
    await waitAndSync(server.core.sync, source.id);
  }
  const management = await server.createManagementToken();
  const body = { description: "shapes", allowed_package_prefixes: ["acme/"] };
  token = ((await server.api("POST", "/api/tokens", management, body)).json() as { token: string }).token;
});

afterAll(() => stack.disposeAsync());

async function install(...names: readonly string[]) {
  const project = await createComposerProject({ repositoryUrl: server.url });
  await project.configureFromEmail(token);
  await project.updateManifest({ require: Object.fromEntries(names.map((name) => [name, "^1.0"])) });
  const update = await project.run(["update"]);
  expect(update.output).not.toContain("Warning from");
  expect(update.exitCode).toBe(0);
  return project;
}

describe("composer installs every file where it stands in the repository", () => {
  test("of a package whose archive holds one directory alone", async () => {
    await using project = await install("acme/lone", "acme/wordpress");
    expect(Object.keys(await project.installedFiles("acme/lone"))).toEqual(["src/Thing.php"]);
    const code = 'require "vendor/autoload.php"; echo Lone\\Thing::NAME, " ", MY_PLUGIN;';
    expect(await project.runPhp(code)).toBe("lone loaded");
  });

  test("with links, executable bits and odd names, as git archive has them in a clone", async () => {
    await using project = await install("acme/awkward");
    const { directory } = repositories.get("acme/awkward")!;
    const reference = await repositories.get("acme/awkward")!.resolve("1.0.0");
    const { VERSION, ...files } = await project.installedFiles("acme/awkward");
    const { VERSION: _, ...expected } = await expectedFiles(directory, reference);
    expect(files).toEqual(expected);
    expect(VERSION).toBeDefined();
    const read = `echo file_get_contents("vendor/acme/awkward/VERSION"), shell_exec("vendor/bin/tool");`;
    expect(await project.runPhp(read)).toBe(`${reference} tag: 1.0.0\nworks\n`);
  });
});

/** Stores an archive as earlier releases did: the zip of git archive, published with its checksum. */
async function storeOldArchive(name: string): Promise<string> {
  const { database, config, git } = server.core;
  const rows = database.db
    .selectFrom("versions")
    .innerJoin("packages", "packages.id", "versions.package")
    .select(["versions.id", "versions.package", "versions.reference", "versions.source"])
    .where("packages.name", "=", name)
    .where("versions.is_dev", "=", 0);
  const version = await rows.executeTakeFirstOrThrow();
  const archive = await openMirror(git, { gitDir: mirrorDirectory(config.dataDir, version.source) }).archiveZip(
    version.reference,
  );
  const bytes = await buffer(archive.stdout);
  await storeArchive(server, version.package, version.reference, bytes);
  const sha1 = createHash("sha1").update(bytes).digest("hex");
  await database.db.updateTable("versions").set({ shasum: sha1 }).where("id", "=", version.id).execute();
  return sha1;
}

// Every composer.lock that was ever written says where its archive is, and what its checksum is.
test("a lock file of an earlier release installs on, also after the stored file was lost", async () => {
  const sha1 = await storeOldArchive("acme/old");
  await using project = await install("acme/old");
  expect((await project.lock()).packages[0]?.dist?.shasum).toBe(sha1);
  const files = await project.installedFiles("acme/old");
  await rm(path.join(server.core.config.dataDir, "archives"), { recursive: true });
  await mkdir(path.join(server.core.config.dataDir, "archives", ".tmp"), { recursive: true });
  await project.removeVendor();
  await project.clearCache();
  const again = await project.run(["install"]);
  expect(again.exitCode).toBe(0);
  expect(await project.installedFiles("acme/old")).toEqual(files);
});
