import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Header } from "tar";
import { expect, test } from "vitest";
import { runToolOrFail } from "../../../e2e/support/processes.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { sha256Hex } from "../crypto/secrets.ts";
import { createTarWriter, readTar } from "./index.ts";

const LONG = `mirrors/${"ä".repeat(60)}/${"long-name/".repeat(20)}file`;
const FILES: Record<string, Buffer> = {
  empty: Buffer.alloc(0),
  "one-block": Buffer.alloc(512, "x"),
  [LONG]: Buffer.from("deep"),
  large: Buffer.alloc(3 * 1024 * 1024 + 1, "y"),
};

async function writeSample(file: string): Promise<void> {
  const handle = await open(file, "w");
  const tar = createTarWriter((bytes) => handle.writeFile(bytes));
  await tar.addDirectory("an-empty-directory", new Date(0));
  for (const [path, content] of Object.entries(FILES)) {
    const chunks = Readable.from(content.length === 0 ? [] : [content.subarray(0, 5), content.subarray(5)]);
    await tar.addFile(path, { sizeBytes: content.length, modifiedAt: new Date(1000), content: chunks });
  }
  await tar.end();
  await handle.close();
}

async function bytesOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readAll(file: string): Promise<Record<string, string>> {
  const handle = await open(file);
  try {
    const found: Record<string, string> = {};
    for await (const { type, path, content } of readTar(handle)) {
      found[path] = type === "directory" ? "(directory)" : sha256Hex(await bytesOf(content));
    }
    return found;
  } finally {
    await handle.close();
  }
}

test("what was written is read, and GNU tar reads the same", async () => {
  await using directory = await makeTemporaryDirectory("tar");
  const file = join(directory.path, "sample.tar");
  await writeSample(file);
  const expected = Object.fromEntries(Object.entries(FILES).map(([path, content]) => [path, sha256Hex(content)]));
  expect(await readAll(file)).toEqual({ "an-empty-directory": "(directory)", ...expected });
  const listed = await runToolOrFail("tar", ["-tf", file, "--quoting-style=literal"]);
  expect(listed.trimEnd().split("\n")).toEqual(["an-empty-directory/", ...Object.keys(FILES)]);
  for (const [path, content] of Object.entries(expected)) {
    expect(sha256Hex(await runToolOrFail("tar", ["-xOf", file, path]))).toBe(content);
  }
});

test("an archive of GNU tar is read", async () => {
  await using directory = await makeTemporaryDirectory("tar");
  await writeFile(join(directory.path, "a"), "A");
  await runToolOrFail("tar", ["-cf", "sample.tar", "a"], { cwd: directory.path });
  expect(await readAll(join(directory.path, "sample.tar"))).toEqual({ a: sha256Hex("A") });
});

test("links are refused", async () => {
  await using directory = await makeTemporaryDirectory("tar");
  await runToolOrFail("php", ["-r", "symlink('/etc/passwd', 'link');"], { cwd: directory.path });
  await runToolOrFail("tar", ["-cf", "sample.tar", "link"], { cwd: directory.path });
  await expect(readAll(join(directory.path, "sample.tar"))).rejects.toThrow("link is neither a file nor a directory");
});

test.each([1, 511, 512, 1000])("an archive cut off %i bytes before its end is refused", async (bytes) => {
  await using directory = await makeTemporaryDirectory("tar");
  const file = join(directory.path, "sample.tar");
  await writeSample(file);
  const handle = await open(file, "r+");
  const { size } = await handle.stat();
  // The end mark is two blocks, of which the first says all.
  await handle.truncate(size - 512 - bytes);
  await handle.close();
  await expect(readAll(file)).rejects.toThrow("cut off");
});

test("an extended header of more than a megabyte is refused before it is read", async () => {
  await using directory = await makeTemporaryDirectory("tar");
  const file = join(directory.path, "sample.tar");
  const write = async (sizeBytes: number) => {
    const header = Buffer.alloc(512);
    new Header({ path: "PaxHeader/a", type: "ExtendedHeader", size: sizeBytes, mtime: new Date(0) }).encode(header, 0);
    const content = Buffer.alloc(Math.ceil(sizeBytes / 512) * 512);
    const record = `${sizeBytes} comment=`;
    content.write(record.padEnd(sizeBytes - 1, "x"), 0);
    content.write("\n", sizeBytes - 1);
    const entry = Buffer.alloc(512);
    new Header({ path: "a", type: "File", size: 0, mtime: new Date(0) }).encode(entry, 0);
    await writeFile(file, Buffer.concat([header, content, entry, Buffer.alloc(1024)]));
  };
  await write(1024 * 1024);
  expect(Object.keys(await readAll(file))).toEqual(["a"]);
  await write(1024 * 1024 + 1);
  await expect(readAll(file)).rejects.toThrow("oversized header");
});

test("something else is refused", async () => {
  await using directory = await makeTemporaryDirectory("tar");
  const file = join(directory.path, "other");
  await writeFile(file, "not a tar archive ".repeat(100));
  await expect(readAll(file)).rejects.toThrow("no tar archive");
});

test.each([
  ["less", "ab"],
  ["more", "abcd"],
])("a file that turns out to be %s than was said is an error", async (_what, content) => {
  const tar = createTarWriter(() => Promise.resolve());
  const file = { sizeBytes: 3, modifiedAt: new Date(0), content: Readable.from([Buffer.from(content)]) };
  await expect(tar.addFile("file", file)).rejects.toThrow("and not 3");
});
