import path from "node:path";
import { expect, test } from "vitest";
import { GitRepository } from "./git-repository.ts";
import { runToolOrFail } from "./processes.ts";
import { makeTemporaryDirectory } from "./temporary-directory.ts";

// Guards the speed of the whole suite: the sync of a repository this large is measured, building it must not be.
test("builds a repository of 1,000 tags in well under a second", async () => {
  await using directory = await makeTemporaryDirectory("git");
  const started = performance.now();
  const repository = await GitRepository.create(path.join(directory.path, "large.git"));
  for (let index = 0; index < 1000; index++) {
    repository.commit({ "composer.json": `{"name": "acme/large", "extra": {"build": ${index}}}\n` });
    repository.tag(`1.${index}.0`, { annotated: index % 2 === 0 });
  }
  await repository.write();
  const took = performance.now() - started;
  expect(await repository.tags()).toHaveLength(1000);
  // Far above the 0.2 s it takes, so that a busy machine is no failure and a process for each commit is one.
  expect(took).toBeLessThan(2500);
});

test("gives the same commits for the same calls, dated as they were told", async () => {
  await using directory = await makeTemporaryDirectory("git");
  const build = async (name: string): Promise<string> => {
    const repository = await GitRepository.create(path.join(directory.path, name));
    repository.commit({ "a.txt": "a\n" }, { date: "2024-02-03T04:05:06Z", authorDate: "2024-01-01T00:00:00Z" });
    repository.tag("1.0.0", { annotated: true, date: "2024-03-01T00:00:00Z" });
    await repository.write();
    const log = ["-C", repository.directory, "log", "-1", "--format=%H %cI %aI", "1.0.0"];
    const tag = ["-C", repository.directory, "for-each-ref", "--format=%(taggerdate:iso-strict)", "refs/tags/1.0.0"];
    return (await runToolOrFail("git", log)) + (await runToolOrFail("git", tag));
  };
  const first = await build("first.git");
  expect(await build("second.git")).toBe(first);
  expect(first).toMatch(
    /^[0-9a-f]{40} 2024-02-03T04:05:06\+00:00 2024-01-01T00:00:00\+00:00\n2024-03-01T00:00:00\+00:00\n$/u,
  );
});

test("goes on building after a write: more commits, moved and deleted tags, removed branches", async () => {
  await using directory = await makeTemporaryDirectory("git");
  const repository = await GitRepository.create(path.join(directory.path, "moving.git"));
  repository.commit({ "a.txt": "1\n", "b.txt": "b\n" });
  repository.tag("1.0.0", { annotated: true });
  repository.tag("0.9.0");
  repository.branch("feature/slash#ünïcode");
  const before = repository.commit({ "a.txt": "feature\n" });
  await repository.write();
  const tagged = await repository.resolve("1.0.0");

  repository.branch("main");
  const after = repository.commit({ "a.txt": "2\n", "b.txt": null });
  repository.moveTag("1.0.0");
  repository.deleteTag("0.9.0");
  repository.tag("on-feature", { at: before });
  repository.deleteBranch("feature/slash#ünïcode");
  await repository.write();

  expect(await repository.resolve("1.0.0")).toBe(await repository.resolve(after));
  expect(await repository.resolve("1.0.0^")).toBe(tagged);
  expect(await repository.resolve("on-feature")).toBe(await repository.resolve(before));
  expect(await repository.tags()).toEqual(["1.0.0", "on-feature"]);
  const git = (...args: string[]) => runToolOrFail("git", ["-C", repository.directory, ...args]);
  expect(await git("ls-tree", "--name-only", "main")).toBe("a.txt\n");
  expect(await git("for-each-ref", "--format=%(refname)", "refs/heads/")).toBe("refs/heads/main\n");
  await git("fsck", "--strict");
});
