import { createHash } from "node:crypto";
import path from "node:path";
import { expect, test } from "vitest";
import { waitAndSync } from "../src/modules/sync/index.ts";
import { pointerTo, startLfsServer } from "../src/testing/lfs-server.ts";
import { startTestServer } from "../src/testing/test-server.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import { GitRepository } from "./support/git-repository.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const CREDENTIALS = { username: "ci", password: "token-of-the-git-host" };
const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");

// A paid theme whose images are three lines of text is a refund.
test("composer installs what Git LFS and submodules keep outside of git, after the vendor's host is gone", async () => {
  await using directory = await makeTemporaryDirectory("outside-of-git");
  await using server = await startTestServer("sqlite");
  const gitServer = await startGitHttpServer({ root: directory.path, ...CREDENTIALS });
  const lfs = await startLfsServer({ gitUrl: gitServer.url });
  lfs.credentials = CREDENTIALS;
  const image = Buffer.alloc(500_000, "a paid image ");
  const library = await GitRepository.create(path.join(directory.path, "library.git"));
  library.commit({ "src/Library.php": "<?php\nnamespace Acme;\nclass Library { const NAME = 'from a submodule'; }\n" });
  await library.write();
  const theme = await GitRepository.create(path.join(directory.path, "theme.git"));
  const manifest = JSON.stringify({ name: "acme/theme", autoload: { "psr-4": { "Acme\\": "library/src/" } } });
  theme.commit({
    "composer.json": manifest,
    ".gitattributes":
      "*.psd filter=lfs diff=lfs merge=lfs -text\n/design export-ignore\n/.gitattributes export-ignore\n",
    ".gitmodules": '[submodule "library"]\n\tpath = library\n\turl = ../library.git\n',
    "images/a.psd": lfs.put(image),
    "design/raw.psd": pointerTo("never pushed"),
    library: { submodule: await library.resolve("main") },
  });
  theme.tag("1.0.0");
  theme.commit({ "images/b.psd": pointerTo("never pushed either") });
  theme.tag("1.1.0");
  await theme.write();

  const management = await server.createManagementToken({
    scopes: ["sources:read", "sources:write", "tokens:read", "tokens:write"],
  });
  const source = { url: `${lfs.url}/theme.git`, ...CREDENTIALS, filters: ["acme/"], submodules: "include" };
  const added = (await server.api("POST", "/api/sources", management, source)).json() as { id: string };
  await waitAndSync(server.core.sync, added.id);
  const shown = (await server.api("GET", `/api/sources/${added.id}`, management)).json() as Record<string, unknown>;
  expect(shown).toMatchObject({ state: "active", submodules: "include", submodule_paths: ["library"] });
  expect(shown["skipped"]).toMatchObject([
    { ref: "refs/heads/main" },
    { ref: "refs/tags/1.1.0", reason: expect.stringMatching(/^Git LFS: images\/b\.psd cannot be had/) as unknown },
  ]);
  await lfs[Symbol.asyncDispose]();
  await gitServer[Symbol.asyncDispose]();

  const body = { description: "theme", allowed_package_prefixes: ["acme/"] };
  const { token } = (await server.api("POST", "/api/tokens", management, body)).json() as { token: string };
  await using project = await createComposerProject({ repositoryUrl: server.url });
  await project.configureFromEmail(token);
  await project.updateManifest({ require: { "acme/theme": "^1.0" } });
  const update = await project.run(["update"]);
  expect(update.output).not.toContain("Warning from");
  expect(update.exitCode).toBe(0);
  const files = await project.installedFiles("acme/theme");
  expect(Object.keys(files).sort()).toEqual(["composer.json", "images/a.psd", "library/src/Library.php"]);
  const read = `require "vendor/autoload.php"; echo Acme\\Library::NAME, hash_file("sha256", "vendor/acme/theme/images/a.psd");`;
  expect(await project.runPhp(read)).toBe(`from a submodule${sha256(image)}`);
});
