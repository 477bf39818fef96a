import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTemporaryDirectory } from "../../e2e/support/temporary-directory.ts";
import { removeAbandoned } from "./abandoned-directories.ts";

test("what a killed process left is deleted by a later one, and one that runs keeps its directory", async () => {
  await using scratch = await makeTemporaryDirectory("abandoned");
  for (const name of ["abandoned", "running", "newest"]) {
    await mkdir(join(scratch.path, name));
    await writeFile(join(scratch.path, name, "pack"), "x");
  }
  const elevenMinutesAgo = new Date(Date.now() - 660_000);
  await utimes(join(scratch.path, "abandoned"), elevenMinutesAgo, elevenMinutesAgo);
  await removeAbandoned(scratch.path, join(scratch.path, "newest"), 600_000);
  expect((await readdir(scratch.path)).sort()).toEqual(["newest", "running"]);
});
