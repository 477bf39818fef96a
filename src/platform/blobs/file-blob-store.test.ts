import { mkdir, readFile, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import type { TemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { createFileBlobStore } from "./index.ts";
import type { BlobStore } from "./index.ts";

let directory: TemporaryDirectory;
let store: BlobStore;
const now = () => 1_800_000_000_000;

beforeEach(async () => {
  directory = await makeTemporaryDirectory("blobs");
  store = await createFileBlobStore(join(directory.path, "store"), now);
});
afterEach(async () => await directory.remove());

const path = (...parts: string[]) => join(directory.path, "store", ...parts);

test("what is put comes out again, from bytes and from a stream", async () => {
  await store.put("a/b/c.zip", Buffer.from("bytes"));
  await store.put("a/d.zip", Readable.from([Buffer.from("str"), Buffer.from("eam")], { objectMode: false }));
  const opened = await store.open("a/b/c.zip");
  expect(opened?.sizeBytes).toBe(5);
  expect((await buffer(opened!.stream)).toString()).toBe("bytes");
  expect(await readFile(path("a", "d.zip"), "utf8")).toBe("stream");
});

test("what is not there is undefined, and deleting it is no error", async () => {
  expect(await store.open("a/b")).toBeUndefined();
  expect(await store.has("a/b")).toBe(false);
  await store.delete("a/b");
  await store.put("a/b", Buffer.from(""));
  expect(await store.has("a/b")).toBe(true);
  await store.delete("a/b");
  expect(await store.has("a/b")).toBe(false);
});

// A reader must never see half of an archive.
test("a stream that breaks off stores nothing and leaves nothing behind", async () => {
  async function* broken() {
    yield Buffer.from("half");
    await Promise.resolve();
    throw new Error("git failed");
  }
  await expect(store.put("a/b.zip", Readable.from(broken(), { objectMode: false }))).rejects.toThrow("git failed");
  expect(await store.has("a/b.zip")).toBe(false);
  expect(await readdir(path(".tmp"))).toEqual([]);
});

describe("a key never leaves the directory", () => {
  test.each([
    "",
    "/etc/passwd",
    "../x",
    "a/../../x",
    "a//b",
    "a/./b",
    ".tmp/x",
    "a\\..\\b",
    "a/b\0",
    "a/b\n",
    "ä",
    "a/",
  ])("%j", async (key) => {
    await expect(store.put(key, Buffer.from("x"))).rejects.toThrow("not a blob key");
    await expect(store.open(key)).rejects.toThrow("not a blob key");
    await expect(store.delete(key)).rejects.toThrow("not a blob key");
  });
});

test("a start clears what a crash left, and nothing that another process may be writing", async () => {
  await mkdir(path(".tmp"), { recursive: true });
  await writeFile(path(".tmp", "old"), "");
  await writeFile(path(".tmp", "young"), "");
  await utimes(path(".tmp", "old"), now() / 1000 - 7200, now() / 1000 - 7200);
  await utimes(path(".tmp", "young"), now() / 1000 - 60, now() / 1000 - 60);
  await createFileBlobStore(path(), now);
  expect(await readdir(path(".tmp"))).toEqual(["young"]);
});
