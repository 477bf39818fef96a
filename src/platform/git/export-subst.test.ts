import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import type { TemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { createGit, openMirror } from "./index.ts";
import type { ExportTag, Git, GitMirror, GitRemote } from "./index.ts";

let directory: TemporaryDirectory;
let git: Git;
let upstream: GitRepository;
let remote: GitRemote;
let mirror: GitMirror;
let gitDir: string;
let number = 0;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("export-subst");
  git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: true });
});

afterAll(async () => {
  git.close();
  await directory.remove();
});

const FORMS = ["%H", "%h", "%T", "%t", "%P", "%p", "%D", "%d", "%an", "%aN", "%aE", "%ad", "%aD", "%ai", "%aI", "%at"];
const MORE_FORMS = ["%cn", "%cN", "%cd", "%cI", "%s", "%b", "%e", "%S", "%N", "%gd", "%G?", "%GS", "%n", "%x41"];

beforeEach(async () => {
  const name = `repository-${number++}`;
  upstream = await GitRepository.create(join(directory.path, `${name}.git`));
  upstream.commit({
    ".gitattributes": "VERSION* export-subst\n",
    ".mailmap": "Real Name <real@example.com> <vendor@example.com>\n",
    VERSION: [...FORMS, ...MORE_FORMS].map((form) => `${form} $Format:${form}$\n`).join(""),
    "VERSION-describe": "$Format:%(describe)$\n",
  });
  upstream.tag("1.0.0", { annotated: true });
  upstream.tag("snapshot");
  upstream.commit({ "src/a.php": "<?php\n" });
  upstream.tag("1.1.0");
  upstream.commit({ "src/b.php": "<?php\n" });
  upstream.tag("1.2.0", { annotated: true });
  upstream.commit({ "src/c.php": "<?php\n" });
  await upstream.write();
  remote = { url: `file://${upstream.directory}`, transport: "file", host: "", port: 0, addresses: [] };
  gitDir = join(directory.path, "mirrors", `${name}.git`);
  mirror = openMirror(git, { gitDir });
  await fetchAll();
});

async function fetchAll(): Promise<void> {
  await mirror.prepare();
  const { refs } = await mirror.listRemoteRefs(remote);
  await mirror.fetch(remote, refs, refs);
  await mirror.pin(refs.map(({ targetId }) => targetId));
}

async function exported(commit: string, tags: readonly ExportTag[] = []): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { kind, path, content } of mirror.archiveEntries(commit, tags)) {
    if (kind === "file") files[path.toString()] = (await buffer(Readable.from(content))).toString();
  }
  return files;
}

/** What `git archive` puts there in a clone that has every tag and has checked out none of the branches. */
function expected(commit: string, file: string, change?: (clone: string) => void): string {
  const clone = join(directory.path, `clone-${number++}`);
  execFileSync("git", ["clone", "--quiet", "--bare", upstream.directory, clone]);
  const run = (...args: string[]) => execFileSync("git", ["-C", clone, ...args]);
  run("update-ref", "-d", "refs/heads/main");
  run("symbolic-ref", "HEAD", "refs/heads/none");
  run("config", "mailmap.blob", `${commit}:.mailmap`);
  change?.(clone);
  const tar = run("archive", "--format=tar", commit);
  return execFileSync("tar", ["-xO", file], { input: tar, encoding: "utf8" });
}

async function exportedNow(revision: string, published: readonly string[] = []): Promise<Record<string, string>> {
  const commit = await upstream.resolve(revision);
  return await exported(commit, await mirror.listExportTags(commit, published));
}

describe("what git substitutes at export", () => {
  test.each(["1.0.0", "1.1.0", "1.2.0", "main"])(
    "is for %s what it is in the vendor's repository",
    async (revision) => {
      const commit = await upstream.resolve(revision);
      const files = await exportedNow(revision);
      expect(files["VERSION"]).toBe(expected(commit, "VERSION"));
      expect(files["VERSION-describe"]).toBe(expected(commit, "VERSION-describe"));
    },
  );

  test("names the version's own tags, and no ref of the mirror", async () => {
    const files = await exportedNow("1.0.0");
    expect(files["VERSION"]).toContain("%D tag: snapshot, tag: 1.0.0\n%d  (tag: snapshot, tag: 1.0.0)\n");
    expect(files["VERSION"]).toContain("%aN Real Name\n");
    expect(Object.values(files).join("")).not.toMatch(/refs\/|upstream|published|HEAD/);
    expect((await exportedNow("main"))["VERSION"]).toContain("%D \n%d \n");
  });

  test.each([
    ["%(describe)", "1.1.0", /^1\.0\.0-1-g[0-9a-f]{7}$/],
    ["%(describe)", "1.2.0", /^1\.2\.0$/],
    ["%(describe)", "main", /^1\.2\.0-1-g[0-9a-f]{7}$/],
    ["%(describe:match=1.0*)", "main", /^1\.0\.0-3-g[0-9a-f]{7}$/],
    ["%(describe:exclude=1.2*)", "main", /^1\.0\.0-3-g[0-9a-f]{7}$/],
  ])("%s of %s counts from the tags behind it", async (form, revision, text) => {
    upstream.branch("described", { at: await upstream.resolve(revision) });
    upstream.commit({ "VERSION-describe": `$Format:${form}$` });
    await upstream.write();
    await fetchAll();
    const commit = await upstream.resolve("described");
    const described = (await exported(commit, await mirror.listExportTags(commit, [])))["VERSION-describe"] ?? "";
    expect(described).toBe(expected(commit, "VERSION-describe"));
    // One commit more than the tag itself.
    expect(described.replace(/-(\d+)-g/, (_, count) => `-${Number(count) - 1}-g`).replace(/-0-g\w+/, "")).toMatch(text);
  });

  test("stays what it was when tags, branches, notes and commits come and go", async () => {
    const commit = await upstream.resolve("1.2.0");
    const tags = await mirror.listExportTags(commit, []);
    const before = await exported(commit, tags);
    upstream.tag("later", { at: commit });
    upstream.branch("release", { at: commit });
    upstream.deleteTag("1.2.0");
    upstream.moveTag("1.1.0");
    for (let count = 0; count < 300; count++) upstream.commit({ "src/c.php": `<?php // ${count}\n` });
    await upstream.write();
    execFileSync("git", ["-C", upstream.directory, "notes", "add", "-m", "a note", commit], {
      env: {
        ...process.env,
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@b",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@b",
      },
    });
    await fetchAll();
    expect(await exported(commit, tags)).toEqual(before);
    expect((await exportedNow("release"))["VERSION"]).not.toBe(before["VERSION"]);
  });

  test("knows the tag a version was published from after it was moved", async () => {
    const commit = await upstream.resolve("1.2.0");
    upstream.deleteTag("1.2.0");
    await upstream.write();
    await fetchAll();
    const files = await exported(commit, await mirror.listExportTags(commit, ["1.2.0"]));
    expect(files["VERSION"]).toContain("%D tag: 1.2.0\n");
  });

  // "2 years ago" would be another archive every year.
  test("counts relative dates from the commit", async () => {
    upstream.commit({ VERSION: "$Format:%ar, %cr, %ah$" }, { authorDate: "2022-12-25T00:00:00Z" });
    await upstream.write();
    await fetchAll();
    expect((await exportedNow("main"))["VERSION"]).toBe("7 days ago, 0 seconds ago, Dec 25 2022");
  });
});

test("a repository that asks for no substitution needs no tags, and one that hides the wish in a macro does", async () => {
  const listed = async (files: Record<string, string>) => {
    upstream.orphanBranch("other");
    upstream.commit(files);
    await upstream.write();
    await fetchAll();
    return await mirror.listExportTags(await upstream.resolve("other"), []);
  };
  expect(await listed({ ".gitattributes": "*.txt text\n", "export-subst": "" })).toBeUndefined();
  expect(await listed({ "src/ä/.gitattributes": "a export-subst\n" })).toEqual([]);
  expect(await listed({ ".gitattributes": "[attr]v export-subst\nVERSION v\n" })).toEqual([]);
});
