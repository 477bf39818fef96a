import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import type { Git } from "../../platform/git/index.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { waitAndSync } from "./index.ts";

const manifest = { "composer.json": JSON.stringify({ name: "acme/core" }) };

async function setUp(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const directory = stack.use(await makeTemporaryDirectory("readmes"));
  const server = stack.use(await startTestServer(engine));
  // The scheduler would sync whatever is added by itself.
  await server.stop();
  const upstream = await GitRepository.create(join(directory.path, "core.git"));
  const commands: string[] = [];
  const { git } = server.core;
  const counted: Git = {
    ...git,
    run: (args, options) => (commands.push(args[0] ?? ""), git.run(args, options)),
    start: (args, options) => (commands.push(args[0] ?? ""), git.start(args, options)),
  };
  const deps = { ...server.core.sync, git: counted };
  const { db } = server.core.database;
  let id: string | undefined;
  return {
    upstream,
    commands,
    db,
    async sync(): Promise<void> {
      await upstream.write();
      commands.length = 0;
      id ??= (await addSource(server.core, commandLine, { url: `file://${upstream.directory}` })).id;
      expect(await waitAndSync(deps, id)).toMatchObject({ outcome: "succeeded" });
      server.clock.advanceSeconds(60);
    },
    readme: async () =>
      await db.selectFrom("package_readmes").select(["filename", "version", "content"]).executeTakeFirst(),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.each(testEngines)("the readme of a package on %s", (engine) => {
  test("is that of the newest stable version, and follows it up and down", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    upstream.commit({ ...manifest, "README.md": "one" });
    upstream.tag("1.0.0", { annotated: true });
    upstream.commit({ "README.md": "branch" });
    await bench.sync();
    expect(await bench.readme()).toEqual({ filename: "README.md", version: "1.0.0", content: "one" });
    upstream.commit({ "README.md": "two" });
    upstream.tag("2.0.0", { annotated: true });
    await bench.sync();
    expect(await bench.readme()).toMatchObject({ version: "2.0.0", content: "two" });
    upstream.commit({ "README.md": "beta" });
    upstream.tag("3.0.0-beta1", { annotated: true });
    await bench.sync();
    expect(await bench.readme()).toMatchObject({ version: "2.0.0" });
    upstream.deleteTag("2.0.0");
    await bench.sync();
    expect(await bench.readme()).toMatchObject({ version: "1.0.0", content: "one" });
  });

  // The price of a sync at which nothing happened is paid every quarter of an hour for every source.
  test("costs no git process when nothing changed, also where there is none; what is missing is read once", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    upstream.commit(manifest);
    upstream.tag("1.0.0", { annotated: true });
    await bench.sync();
    expect(await bench.readme()).toMatchObject({ filename: "", content: "" });
    await bench.sync();
    expect(bench.commands).toEqual(["ls-remote"]);
    // As in an installation that was synced by an earlier release.
    await bench.db.deleteFrom("package_readmes").execute();
    await bench.sync();
    expect(bench.commands).toEqual(["ls-remote", "cat-file"]);
    expect(await bench.readme()).toMatchObject({ filename: "", version: "1.0.0" });
    await bench.sync();
    expect(bench.commands).toEqual(["ls-remote"]);
  });

  test("is text that can be stored whatever its bytes are, and no more of it than 256 kB", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    const hostile = Buffer.concat([Buffer.from("<script>a\0b</script>"), Buffer.from([0xff, 0xfe, 0xed, 0xa0, 0x80])]);
    upstream.commit({ ...manifest, "readme.txt": hostile });
    upstream.tag("1.0.0", { annotated: true });
    await bench.sync();
    expect(await bench.readme()).toEqual({
      ...{ filename: "readme.txt", version: "1.0.0" },
      content: "<script>a\uFFFDb</script>" + "\uFFFD".repeat(5),
    });
    upstream.commit({ "README.md": Buffer.from("é".repeat(5 * 1024 * 1024)) });
    upstream.tag("1.1.0", { annotated: true });
    await bench.sync();
    const large = await bench.readme();
    expect(large?.content).toBe(
      `${"é".repeat(128 * 1024)}\n\n[The rest is left out: the file has ${10 * 1024 * 1024} bytes.]\n`,
    );
  });

  // A link leads wherever its author wants; what it holds is a path, which is no readme either.
  test("is never behind a symlink or in a submodule or directory: the next name counts", async () => {
    await using bench = await setUp(engine);
    const { upstream } = bench;
    upstream.commit({ ...manifest, "README.txt": "plain" });
    await upstream.write();
    const git = (args: string[], input?: string) =>
      execFileSync("git", ["--git-dir", upstream.directory, ...args], { encoding: "utf8", input }).trim();
    const link = git(["hash-object", "-w", "--stdin"], "/etc/passwd");
    const commit = git(["rev-parse", "HEAD"]);
    const tree = git(
      ["mktree", "--missing"],
      [
        git(["ls-tree", commit]),
        `120000 blob ${link}\tREADME.markdown`,
        `160000 commit ${commit}\treadme.md`,
        `040000 tree ${git(["rev-parse", `${commit}^{tree}`])}\tReadme.md`,
      ].join("\n"),
    );
    const who = ["-c", "user.name=x", "-c", "user.email=x@example.com"];
    git(["update-ref", "refs/tags/1.0.0", git([...who, "commit-tree", tree, "-m", "x"])]);
    await bench.sync();
    expect(await bench.readme()).toEqual({ filename: "README.txt", version: "1.0.0", content: "plain" });
  });
});
