import { execFileSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { writeZip } from "./index.ts";
import type { ZipEntry } from "./index.ts";

async function* bytesOf(...chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(Buffer.from(chunk));
}

function entry(name: string, sizeBytes: number, ...chunks: readonly string[]): ZipEntry {
  const facts = { mode: 0o100644, modifiedAt: 1_700_000_000, isCompressed: true };
  return { path: Buffer.from(name), ...facts, sizeBytes, content: bytesOf(...chunks) };
}

async function write(file: string, entries: Iterable<ZipEntry>): Promise<void> {
  async function* all(): AsyncGenerator<ZipEntry> {
    for (const next of entries) yield await Promise.resolve(next);
  }
  await pipeline(writeZip(all()), createWriteStream(file));
}

// The number of entries has 16 bits in a plain zip.
test("a zip of 70,000 files is read to the last one, by unzip and by PHP", async () => {
  await using directory = await makeTemporaryDirectory("zip");
  const file = join(directory.path, "many.zip");
  await write(
    file,
    Array.from({ length: 70_000 }, (_, index) => entry(`f${index}`, 5, `${index}`.padStart(5))),
  );
  expect(execFileSync("unzip", ["-p", file, "f69999"], { encoding: "utf8" })).toBe("69999");
  const code = `$z = new ZipArchive; $z->open('${file}', ZipArchive::CHECKCONS); echo $z->numFiles, ' ', $z->getFromName('f65536');`;
  expect(execFileSync("php", ["-r", code], { encoding: "utf8" })).toBe("70000 65536");
});

test.each([
  ["a small", 10],
  ["a large", 2_000_000],
])("%s content that is shorter or longer than was said is an error, and so is one that fails", async (_, sizeBytes) => {
  await using directory = await makeTemporaryDirectory("zip");
  const file = join(directory.path, "wrong.zip");
  await expect(write(file, [entry("short", sizeBytes, "x")])).rejects.toThrow("short has 1 bytes and not");
  const long = entry("long", sizeBytes, "x".repeat(sizeBytes), "y");
  await expect(write(file, [long])).rejects.toThrow(`has ${sizeBytes + 1} bytes`);
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield* bytesOf("some");
    throw new Error("the source is gone");
  }
  await expect(write(file, [{ ...long, content: broken() }])).rejects.toThrow("the source is gone");
});
