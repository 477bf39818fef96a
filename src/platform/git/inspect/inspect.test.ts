import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manyFiles, plantBomb } from "../../../../e2e/support/bombs.ts";
import { GitRepository } from "../../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../../e2e/support/temporary-directory.ts";
import type { TemporaryDirectory } from "../../../../e2e/support/temporary-directory.ts";
import { oidOf, pointerTo } from "../../../testing/lfs-server.ts";
import { createGit, openMirror } from "../index.ts";
import type { CommitFacts, Git, GitMirror } from "../index.ts";

let directory: TemporaryDirectory;
let repository: GitRepository;
let git: Git;
let mirror: GitMirror;

beforeEach(async () => {
  directory = await makeTemporaryDirectory("inspect");
  repository = await GitRepository.create(join(directory.path, "core.git"));
  git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: false });
  mirror = openMirror(git, { gitDir: repository.directory });
});

afterEach(async () => {
  git.close();
  await directory.remove();
});

const LIMITS = { filesMax: 1_000, sizeBytesMax: 1_000_000 };

async function inspect(files: Record<string, string>, limits = LIMITS): Promise<CommitFacts> {
  repository.orphanBranch("main");
  repository.commit({ "composer.json": "{}", ...files });
  await repository.write();
  return await inspectCommit(await repository.resolve("main"), limits);
}

async function inspectCommit(commit: string, limits = LIMITS): Promise<CommitFacts> {
  const facts = (await mirror.inspect([commit], limits)).get(commit);
  if (facts === undefined) throw new Error("nothing was said");
  return facts;
}

/** A commit of a tree that no porcelain would write; entries are `mode name` with the content. */
function commitOfTree(entries: readonly (readonly [mode: string, name: string, content: string])[]): string {
  const run = (args: string[], input: string | Buffer) =>
    execFileSync("git", [`--git-dir=${repository.directory}`, ...args], { input, encoding: "utf8" }).trim();
  const parts = entries.map(([mode, name, content]) => {
    const id = mode === "40000" ? content : run(["hash-object", "-w", "--stdin"], content);
    return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
  });
  const tree = run(["hash-object", "-w", "--literally", "-t", "tree", "--stdin"], Buffer.concat(parts));
  return run(["-c", "user.name=a", "-c", "user.email=a@example.com", "commit-tree", "-m", "x", tree], "");
}

function canBeArchived(commit: string): boolean {
  try {
    execFileSync("git", [`--git-dir=${repository.directory}`, "archive", "--format=tar", commit], { stdio: "pipe" });
    return true;
  } catch {
    return false;
  }
}

/** The files that `git archive` really packs. */
function archived(commit: string): string[] {
  const tar = execFileSync("git", [`--git-dir=${repository.directory}`, "archive", "--format=tar", commit]);
  const names = execFileSync("tar", ["-t"], { input: tar, encoding: "utf8" }).split("\n");
  return names.filter((name) => name !== "" && !name.endsWith("/"));
}

describe("Git LFS files", () => {
  const LFS = "filter=lfs diff=lfs merge=lfs -text";
  const pointer = pointerTo("paid");

  test("are those that the commit's own attributes say are, wherever these stand", async () => {
    const facts = await inspect({
      ".gitattributes": `[attr]big ${LFS}\n*.psd ${LFS}\n*.mov big\n/raw/** ${LFS}\nraw/not.psd !filter\n`,
      "a.psd": pointer,
      "b.mov": pointer,
      "raw/deep/er.bin": pointer,
      "raw/not.psd": pointer,
      "lib/.gitattributes": "*.dat big\n",
      "lib/c.dat": pointer,
      "other/c.dat": pointer,
      "plain.psd": "no pointer",
      "readme.txt": pointer,
    });
    expect(facts.lfs.map(({ path }) => path)).toEqual(["a.psd", "b.mov", "lib/c.dat", "raw/deep/er.bin"]);
    expect(facts.lfs[0]?.pointer).toEqual({ kind: "object", oid: oidOf(pointer), sizeBytes: 4 });
  });

  test("that are not exported need not be had", async () => {
    const facts = await inspect({
      ".gitattributes": `*.psd ${LFS}\n/design export-ignore\n/only.psd export-ignore\n`,
      "design/a/b.psd": pointer,
      "only.psd": pointer,
      "kept.psd": pointer,
    });
    expect(facts.lfs.map(({ path }) => path)).toEqual(["kept.psd"]);
  });

  test("are none where no attribute says so, whatever a file looks like", async () => {
    expect((await inspect({ "a.psd": pointer })).lfs).toEqual([]);
    expect((await inspect({ ".gitattributes": "*.txt text\n", "a.psd": pointer })).lfs).toEqual([]);
  });

  test("of a file that is linked to are no symlinks", async () => {
    const commit = commitOfTree([
      ["100644", ".gitattributes", `* ${LFS}\n`],
      ["120000", "a.psd", pointer],
      ["100755", "b.psd", pointer],
    ]);
    expect((await inspectCommit(commit)).lfs.map(({ path }) => path)).toEqual(["b.psd"]);
  });
});

describe("what would be packed", () => {
  test("is counted as git archive has it, when export-ignore leaves the composer.json out", async () => {
    const facts = await inspect({
      ".gitattributes": "composer.json export-ignore\n/tests export-ignore\n.gitattributes export-ignore\n",
      "tests/deep/a.php": "a",
      "src/a.php": "aa",
      "src/tests/b.php": "bb",
    });
    expect(facts).toMatchObject({ files: 2, sizeBytes: 4, problem: undefined });
    expect(archived(await repository.resolve("main"))).toHaveLength(2);
  });

  test.each([
    ["* export-ignore\n"],
    ["/* export-ignore\n"],
    ["** export-ignore\n"],
    ["[attr]out export-ignore\n*.json out\n.gitattributes out\nsrc out\n"],
  ])("is nothing when everything is left out by %j", async (attributes) => {
    const facts = await inspect({ ".gitattributes": attributes, "src/a.php": "a" });
    expect(facts.files).toBe(0);
    expect(archived(await repository.resolve("main"))).toEqual([]);
  });

  test("is not too large when what is large is left out", async () => {
    const files = { ".gitattributes": "/media export-ignore\n", "media/a.bin": "x".repeat(2_000) };
    expect(await inspect(files, { filesMax: 10, sizeBytesMax: 1_000 })).toMatchObject({ files: 2, sizeBytes: 23 });
    expect(await inspect(files, { filesMax: 10, sizeBytesMax: 10_000 })).toMatchObject({ sizeBytes: 2_023 });
  });

  test("is told for many commits as for one", async () => {
    for (let index = 0; index < 20; index++) {
      const attributes = index % 2 === 0 ? "* export-ignore\n" : "/tests export-ignore\n";
      repository.commit({ "composer.json": "{}", ".gitattributes": attributes, [`src/${index}.php`]: "x" });
      repository.tag(`1.0.${index}`);
    }
    await repository.write();
    const commits = await Promise.all((await repository.tags()).map((tag) => repository.resolve(tag)));
    const together = await mirror.inspect(commits, LIMITS);
    for (const commit of commits) {
      expect(together.get(commit)).toEqual(await inspectCommit(commit));
      expect(together.get(commit)?.files === 0).toBe(archived(commit).length === 0);
    }
  });

  test("holds no files without number, however a tree multiplies them", async () => {
    let tree = execFileSync(
      "git",
      [`--git-dir=${repository.directory}`, "hash-object", "-w", "-t", "tree", "--stdin"],
      {
        input: "",
        encoding: "utf8",
      },
    ).trim();
    const run = (entries: [string, string, string][]) =>
      execFileSync("git", [`--git-dir=${repository.directory}`, "rev-parse", `${commitOfTree(entries)}^{tree}`], {
        encoding: "utf8",
      }).trim();
    tree = run([["100644", "a", "x"]]);
    for (let depth = 0; depth < 12; depth++) {
      tree = run(Array.from({ length: 10 }, (_, index): [string, string, string] => ["40000", `d${index}`, tree]));
    }
    const commit = commitOfTree([
      ["100644", ".gitattributes", "* export-ignore"],
      ["100644", "composer.json", "{}"],
      ["40000", "d", tree],
    ]);
    expect((await inspectCommit(commit)).files).toBe(1_000_000_000_002);
  });
});

describe("entries that git refuses", () => {
  test.each([
    ["100644", ".git"],
    ["100644", ".GIT"],
    ["100644", "git~1"],
    ["100644", ".git ."],
    ["100644", ".."],
    ["100644", "."],
    ["120000", ".gitmodules"],
  ])("are found: %s %s", async (mode, name) => {
    const commit = commitOfTree([
      [mode, name, "x"],
      ["100644", "composer.json", "{}"],
    ]);
    expect((await inspectCommit(commit)).problem).toMatch(/^its entry ".*" is .*/);
    // It is git's rule: what is not refused by git is ours alone to refuse.
    expect(canBeArchived(commit)).toBe(false);
  });

  test.each(["git~2", ".gitx", ".github", "git", "...", "a\\b", ".git~1", ".gitmodules"])(
    "are not more than that: %s",
    async (name) => {
      const commit = commitOfTree([
        ["100644", name, "x"],
        ["100644", "composer.json", "{}"],
      ]);
      expect((await inspectCommit(commit)).problem).toBeUndefined();
      expect(canBeArchived(commit)).toBe(true);
    },
  );

  test("are named with their directories", async () => {
    const inner = execFileSync(
      "git",
      [`--git-dir=${repository.directory}`, "rev-parse", `${commitOfTree([["100644", ".git", "x"]])}^{tree}`],
      { encoding: "utf8" },
    ).trim();
    const commit = commitOfTree([["40000", "lib", inner]]);
    expect((await inspectCommit(commit)).problem).toBe('its entry "lib/.git" is one that git refuses to pack');
  });

  test("that an archive could not tell apart are refused as well", async () => {
    const commit = commitOfTree([
      ["100644", "a", "x"],
      ["100644", "a", "y"],
    ]);
    expect((await inspectCommit(commit)).problem).toBe('its entry "a" is there twice');
    const slash = commitOfTree([["100644", "a/b", "x"]]);
    expect((await inspectCommit(slash)).problem).toBe('its entry "a/b" has a slash in its name');
    const out = commitOfTree([["100644", "a\\..\\..\\b", "x"]]);
    expect((await inspectCommit(out)).problem).toMatch(/leads out of the archive$/);
  });
});

test("submodules are listed, but for those that are not exported", async () => {
  const sub = "1".repeat(40);
  const run = (args: string[], input: string) =>
    execFileSync("git", [`--git-dir=${repository.directory}`, ...args], { input, encoding: "utf8" }).trim();
  const attributes = run(["hash-object", "-w", "--stdin"], "/gone export-ignore\n");
  const tree = run(
    ["mktree", "--missing"],
    [`100644 blob ${attributes}\t.gitattributes`, `160000 commit ${sub}\tgone`, `160000 commit ${sub}\tlib`].join("\n"),
  );
  const commit = run(["-c", "user.name=a", "-c", "user.email=a@example.com", "commit-tree", "-m", "x", tree], "");
  expect((await inspectCommit(commit)).submodules).toEqual([{ path: "lib", commit: sub }]);
});

test("a file of configuration is read as git reads it, and nothing that it includes", async () => {
  repository.commit({
    ".lfsconfig": '[lfs]\n\turl = "https://lfs.example.com/x"\n[include]\n\tpath = /etc/passwd\n',
  });
  await repository.write();
  const values = await mirror.readConfig(`${await repository.resolve("main")}:.lfsconfig`);
  expect(values).toEqual(
    new Map([
      ["lfs.url", "https://lfs.example.com/x"],
      ["include.path", "/etc/passwd"],
    ]),
  );
});

describe("what stands for billions of entries", () => {
  const id = "1".repeat(40);

  // Each of these is of interest in every directory, so it would be walked through.
  test.each([
    ["files", (blobs: string[]) => blobs, /^undefined$/],
    ["submodules", () => [`160000 commit ${id}\tlib`], /directories, files and submodules/],
    ["directories", () => [], /directories, files and submodules/],
    ["attributes", ([blob = ""]: string[]) => [blob.replace("f0.php", ".gitattributes")], /^undefined$/],
  ])("is refused without being walked through: %s", async (_, leaves, problem) => {
    const innermost = leaves(await manyFiles(repository.directory, 10, "*.psd filter=lfs\n"));
    const bomb = { innermost, width: 10, levels: 10, composerJson: "{}" };
    const facts = await inspectCommit(await plantBomb(repository.directory, "1.0.0", bomb));
    expect(String(facts.problem)).toMatch(problem);
    if (facts.problem === undefined) expect(facts.files).toBeGreaterThan(1_000_000_000);
  });

  test("is refused by the length of its paths", async () => {
    const innermost = await manyFiles(repository.directory, 900, "<?php\n");
    const below = { innermost, width: 1, levels: 16, composerJson: "{}", name: "x".repeat(225) };
    const facts = await inspectCommit(await plantBomb(repository.directory, "1.0.0", below), {
      ...LIMITS,
      filesMax: 100_000,
    });
    expect(facts.problem).toBeUndefined();
    const wide = { ...below, innermost: await manyFiles(repository.directory, 20_000, "<?php\n") };
    const refused = await inspectCommit(await plantBomb(repository.directory, "1.0.1", wide), {
      ...LIMITS,
      filesMax: 100_000,
    });
    expect(refused.problem).toMatch(/longer paths or more than can be packed$/);
  });

  test("a commit of more different directories than are kept is refused, and the others are looked at", async () => {
    repository.commit({ "composer.json": "{}", "a/b.php": "<?php" });
    repository.tag("1.0.0");
    repository.commit(
      Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`d${index}/f${index}.php`, "<?php"])),
    );
    repository.tag("2.0.0");
    await repository.write();
    const [small, large] = [await repository.resolve("1.0.0"), await repository.resolve("2.0.0")];
    const facts = await mirror.inspect([small, large], { ...LIMITS, forestBytesMax: 10_000 });
    expect(facts.get(small)).toMatchObject({ problem: undefined, files: 2 });
    expect(facts.get(large)?.problem).toMatch(/more different directories than can be looked at/);
  });
});

// Unpacked on macOS or Windows, "Lib/evil.php" would be written behind the link.
test("a directory with the name of a symlink, but for capital letters, is refused", async () => {
  const inner = commitOfTree([["100644", "evil.php", "<?php"]]);
  const tree = execFileSync("git", [`--git-dir=${repository.directory}`, "rev-parse", `${inner}^{tree}`]);
  const commit = commitOfTree([
    ["40000", "Lib", tree.toString().trim()],
    ["120000", "lib", "/etc"],
  ]);
  expect((await inspectCommit(commit)).problem).toBe(
    'its entry "Lib" has the name of a symlink beside it, but for small and capital letters',
  );
});
