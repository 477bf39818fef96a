import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { expectedFiles, hashFiles } from "../../../e2e/support/file-hashes.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import type { TemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { createGit, openMirror } from "./index.ts";
import type { Git, GitMirror, GitRemote, ReadObject, RemoteRef } from "./index.ts";

let directory: TemporaryDirectory;
let git: Git;
let upstream: GitRepository;
let remote: GitRemote;
let gitDir: string;
let mirror: GitMirror;
let number = 0;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("mirror");
  git = createGit({ environment: { PATH: process.env["PATH"] ?? "" }, allowLocal: true });
});

afterAll(async () => {
  git.close();
  await directory.remove();
});

beforeEach(async () => {
  const name = `repository-${number++}`;
  upstream = await GitRepository.create(join(directory.path, `${name}.git`));
  upstream.commit({
    "composer.json": '{"name":"acme/core"}',
    "tests/a.txt": "a",
    ".gitattributes": "/tests export-ignore\n",
  });
  upstream.tag("1.0.0", { annotated: true });
  await upstream.write();
  remote = { url: `file://${upstream.directory}`, transport: "file", host: "", port: 0, addresses: [] };
  gitDir = join(directory.path, "mirrors", `${name}.git`);
  mirror = openMirror(git, { gitDir });
});

async function fetchAll(): Promise<readonly RemoteRef[]> {
  await mirror.prepare();
  const { refs } = await mirror.listRemoteRefs(remote);
  const { upstream: held } = await mirror.listHeldRefs();
  await mirror.fetch(
    remote,
    refs.filter(({ ref, objectId }) => held.get(ref) !== objectId),
    refs,
  );
  return refs;
}

async function read(names: string[], sizeBytesMax = 1_000_000): Promise<ReadObject[]> {
  const objects: ReadObject[] = [];
  for await (const object of mirror.readObjects(names, sizeBytesMax)) objects.push(object);
  return objects;
}

function gitOutput(...args: string[]): string {
  return execFileSync("git", [`--git-dir=${gitDir}`, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("the remote's refs", () => {
  test("are listed with the commit behind each tag and the default branch", async () => {
    await mirror.prepare();
    const commit = await upstream.resolve("main");
    const { refs, defaultRef } = await mirror.listRemoteRefs(remote);
    expect(defaultRef).toBe("refs/heads/main");
    expect(refs.map(({ ref, targetId }) => [ref, targetId])).toEqual([
      ["refs/heads/main", commit],
      ["refs/tags/1.0.0", commit],
    ]);
    expect(refs[1]?.objectId).not.toBe(commit);
  });

  test("of a HEAD that leads nowhere have no default branch", async () => {
    await upstream.setDefaultBranch("gone");
    await mirror.prepare();
    expect((await mirror.listRemoteRefs(remote)).defaultRef).toBeUndefined();
  });

  test("follow the remote in their own name space, in refs that git itself reads", async () => {
    await fetchAll();
    upstream.branch("feature/a");
    upstream.deleteTag("1.0.0");
    await upstream.write();
    await fetchAll();
    expect(gitOutput("for-each-ref", "--format=%(refname)").trim().split("\n")).toEqual([
      "refs/remotes/upstream/heads/feature/a",
      "refs/remotes/upstream/heads/main",
    ]);
    expect(gitOutput("fsck", "--no-dangling")).toBe("");
  });
});

test("the mirror may be given by a path relative to the working directory, as DATA_DIR is by default", async () => {
  mirror = openMirror(git, { gitDir: relative(process.cwd(), gitDir) });
  expect(await fetchAll()).toHaveLength(2);
  expect(existsSync(join(gitDir, "packed-refs"))).toBe(true);
});

test("a pinned commit outlives a rebase and an aggressive garbage collection by hand", async () => {
  const [first] = await fetchAll();
  const commit = first!.targetId;
  await mirror.pin([commit]);
  upstream.deleteTag("1.0.0");
  upstream.orphanBranch("main");
  upstream.commit({ "composer.json": '{"name":"acme/rewritten"}' });
  await upstream.write();
  await fetchAll();
  gitOutput("gc", "--prune=now", "--quiet");
  expect((await mirror.listHeldRefs()).pins).toEqual(new Set([commit]));
  expect((await read([commit]))[0]?.kind).toBe("found");
});

describe("reading", () => {
  test("gives content, tells what is missing, and passes over what is too large", async () => {
    upstream.branch("big");
    upstream.commit({ "composer.json": "x".repeat(5000) });
    await upstream.write();
    const refs = await fetchAll();
    const [big, main] = refs.map(({ targetId }) => targetId);
    const objects = await read([`${big}:composer.json`, `${main}:composer.json`, `${main}:nothing.json`, main!], 1000);
    expect(objects.map((object) => object.kind)).toEqual(["too_large", "found", "missing", "found"]);
    expect(objects[1]?.kind === "found" && objects[1].content.toString()).toBe('{"name":"acme/core"}');
  });

  test("can be left in the middle", async () => {
    const [main] = await fetchAll();
    for await (const object of mirror.readObjects(Array(5000).fill(main!.targetId) as string[], 1000)) {
      expect(object.kind).toBe("found");
      break;
    }
    expect(await read([main!.targetId])).toHaveLength(1);
  });
});

test("an archive holds the files of the commit, without what export-ignore leaves out, and the same bytes each time", async () => {
  const [main] = await fetchAll();
  const zip = async () => {
    const archive = await mirror.archiveZip(main!.targetId);
    const chunks: Buffer[] = [];
    for await (const chunk of archive.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
    await archive.done;
    return Buffer.concat(chunks);
  };
  const bytes = await zip();
  expect(await zip()).toEqual(bytes);
  const file = join(directory.path, "a.zip");
  await writeFile(file, bytes);
  const target = join(directory.path, "unzipped");
  execFileSync("php", ["-r", `$z = new ZipArchive; $z->open('${file}'); $z->extractTo('${target}');`]);
  expect(await hashFiles(target)).toEqual(await expectedFiles(upstream.directory, main!.targetId));
  expect(existsSync(join(target, "tests"))).toBe(false);
});

describe("after a crash", () => {
  test("stale locks and half packs are cleared", async () => {
    await fetchAll();
    for (const name of ["packed-refs.lock", "config.lock", "HEAD.lock", "objects/pack/tmp_pack_x", "refs/a.lock"]) {
      await writeFile(join(gitDir, name), "");
    }
    upstream.commit({ "b.txt": "b" });
    await upstream.write();
    await fetchAll();
    expect(gitOutput("rev-parse", "refs/remotes/upstream/heads/main").trim()).toBe(await upstream.resolve("main"));
    expect(await readdir(join(gitDir, "objects", "pack"))).not.toContain("tmp_pack_x");
  });

  test("half of a repository is put aside, not deleted", async () => {
    await mkdir(join(gitDir, "objects"), { recursive: true });
    await mkdir(`${gitDir}.new`, { recursive: true });
    await fetchAll();
    expect(gitOutput("for-each-ref").split("\n")).toHaveLength(3);
    expect(existsSync(`${gitDir}.damaged-1`)).toBe(true);
  });

  test("a damaged mirror is replaced, and published commits that the remote no longer has come from the old one", async () => {
    const [main] = await fetchAll();
    await mirror.pin([main!.targetId]);
    upstream.deleteTag("1.0.0");
    upstream.orphanBranch("main");
    upstream.commit({ "composer.json": '{"name":"acme/rewritten"}' });
    await upstream.write();
    execFileSync("git", [`--git-dir=${upstream.directory}`, "gc", "--prune=now", "--quiet"]);
    await mirror.markDamaged();
    expect(await mirror.prepare()).toBe(true);
    await fetchAll();
    expect((await mirror.listHeldRefs()).pins.size).toBe(0);
    expect(await mirror.restorePins(remote, [main!.targetId, "1".repeat(40)])).toEqual(["1".repeat(40)]);
    expect((await mirror.listHeldRefs()).pins).toEqual(new Set([main!.targetId]));
    expect((await read([`${main!.targetId}:composer.json`]))[0]?.kind).toBe("found");
  });

  test("a mirror that is damaged again and again is left to the operator", async () => {
    await fetchAll();
    for (let round = 0; round < 3; round++) await mirror.replaceDamaged();
    await expect(mirror.replaceDamaged()).rejects.toThrow("check the disk");
  });
});

test("many packs become one, and nothing is lost", async () => {
  const [main] = await fetchAll();
  await mirror.pin([main!.targetId]);
  upstream.deleteTag("1.0.0");
  for (let round = 0; round < 3; round++) {
    upstream.orphanBranch("main");
    upstream.commit({ "a.txt": `${round}` });
    await upstream.write();
    await fetchAll();
  }
  const packs = async () => (await readdir(join(gitDir, "objects", "pack"))).filter((name) => name.endsWith(".pack"));
  expect(await packs()).toHaveLength(4);
  await openMirror(git, { gitDir, packsMax: 2 }).consolidate();
  expect(await packs()).toHaveLength(1);
  expect((await read([main!.targetId]))[0]?.kind).toBe("found");
});
