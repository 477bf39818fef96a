import { access, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { runToolOrFail } from "../../../e2e/support/processes.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { readMirrorParts } from "./mirror-parts.ts";

const git = (gitDir: string, ...args: string[]) => runToolOrFail("git", [`--git-dir=${gitDir}`, ...args]);

/** Several packs, a few loose objects and an annotated tag. */
async function makeRepository(directory: string): Promise<string> {
  const gitDir = join(directory, "origin.git");
  const repository = await GitRepository.create(gitDir);
  for (let number = 0; number < 3; number++) {
    repository.commit({ file: `content ${number}\n` });
    repository.tag(`v${number}`, { annotated: true });
    await repository.write();
    if (number < 2) await git(gitDir, "repack", "-d");
  }
  await git(gitDir, "pack-refs", "--all");
  return gitDir;
}

/** Copies as a backup does; `disturb` is called with every path before it is copied. */
async function copy(gitDir: string, target: string, disturb: (path: string) => Promise<void> | undefined) {
  const paths: string[] = [];
  for await (const { path, file } of readMirrorParts(gitDir)) {
    await disturb(path);
    paths.push(path);
    await mkdir(file === undefined ? join(target, path) : dirname(join(target, path)), { recursive: true });
    if (file !== undefined) await writeFile(join(target, path), await file.readFile());
  }
  return paths;
}

async function expectComplete(gitDir: string, original: string): Promise<void> {
  expect(await git(gitDir, "for-each-ref")).toBe(await git(original, "for-each-ref"));
  expect(await git(gitDir, "fsck", "--full", "--no-dangling")).toBe("");
}

test.each(["HEAD", "packed-refs", "refs", "objects", "objects/pack", ".pack"])(
  "a copy is whole when git repacks as it reaches %s",
  async (at) => {
    await using directory = await makeTemporaryDirectory("mirror-parts");
    const original = await makeRepository(directory.path);
    let isRepacked = false;
    const paths = await copy(original, join(directory.path, "copy.git"), async (path) => {
      if (isRepacked || !path.endsWith(at)) return;
      isRepacked = true;
      await git(original, "repack", "-a", "-d", "--quiet");
    });
    expect(isRepacked).toBe(true);
    expect(paths.filter((path) => path.endsWith(".pack")).length).toBeGreaterThan(0);
    await expectComplete(join(directory.path, "copy.git"), original);
  },
);

test("unfinished files and what git can make again are left out", async () => {
  await using directory = await makeTemporaryDirectory("mirror-parts");
  const original = await makeRepository(directory.path);
  await git(original, "commit-graph", "write", "--reachable");
  await git(original, "multi-pack-index", "write");
  const left = ["packed-refs.lock", "objects/pack/tmp_pack_x", "objects/pack/pack-00.pack", "objects/pack/.tmp-1-pack"];
  for (const path of left) await writeFile(join(original, path), "half");
  const paths = await copy(original, join(directory.path, "copy.git"), () => undefined);
  expect(paths.filter((path) => left.includes(path) || /graph|multi-pack/.test(path))).toEqual([]);
  await expectComplete(join(directory.path, "copy.git"), original);
});

test("a mirror that is moved away while it is read is no error", async () => {
  await using directory = await makeTemporaryDirectory("mirror-parts");
  const original = await makeRepository(directory.path);
  const moved = `${original}.damaged-1`;
  await copy(original, join(directory.path, "copy.git"), (path) =>
    path === "refs" ? rename(original, moved) : undefined,
  );
  await access(moved);
});
