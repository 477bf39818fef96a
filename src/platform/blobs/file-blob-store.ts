import { randomUUID } from "node:crypto";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  fstat as fstatWithCallback,
  open as openWithCallback,
} from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { assertBlobKey } from "./blob-store.ts";
import type { BlobStore } from "./blob-store.ts";

const TEMPORARY = ".tmp";

/** Most archives are read in one piece: each read is a trip to another thread and back. */
const READ_BYTES_MAX = 256 * 1024;

const openFile = promisify(openWithCallback);
const fstat = promisify(fstatWithCallback);

/** A temporary file this old has no living writer, whichever process it was. */
const ABANDONED_MS = 3600 * 1000;

/**
 * Blobs as files below `directory`. A blob appears by a rename, after its bytes are on the disk: a reader, a crash or a
 * full disk never leaves half of one.
 */
export async function createFileBlobStore(directory: string, nowMs: () => number): Promise<BlobStore> {
  await mkdir(join(directory, TEMPORARY), { recursive: true });
  await removeAbandoned(join(directory, TEMPORARY), nowMs());
  const pathOf = (key: string) => {
    assertBlobKey(key);
    return join(directory, key);
  };
  return {
    async put(key, content) {
      const target = pathOf(key);
      const temporary = join(directory, TEMPORARY, randomUUID());
      try {
        await writeDurably(temporary, content);
        await makeDirectories(directory, dirname(target));
        await rename(temporary, target);
        await syncDirectory(dirname(target));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },
    async open(key) {
      // A plain descriptor: the streams of a FileHandle read by promises, and cost a download twice the work.
      const fd = await openFile(pathOf(key), "r").catch(undefinedIfMissing);
      if (fd === undefined) return undefined;
      try {
        const { size } = await fstat(fd);
        // The end is told, because one more read would be needed to find it.
        const range = size === 0 ? {} : { end: size - 1, highWaterMark: Math.min(size, READ_BYTES_MAX) };
        return {
          stream: createReadStream("", { fd, ...range }),
          sizeBytes: size,
        };
      } catch (error) {
        closeSync(fd);
        throw error;
      }
    },
    async has(key) {
      return (await stat(pathOf(key)).catch(undefinedIfMissing)) !== undefined;
    },
    async delete(key) {
      await rm(pathOf(key), { force: true });
    },
  };
}

async function writeDurably(file: string, content: Readable | Uint8Array): Promise<void> {
  const source = content instanceof Readable ? content : Readable.from([content], { objectMode: false });
  await pipeline(source, createWriteStream(file, { flags: "wx", flush: true, mode: 0o640 }));
}

/** Makes each missing directory durable too: a rename into a directory that a crash forgets is lost with it. */
async function makeDirectories(root: string, directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first === undefined) return;
  for (let made = directory; !relative(root, made).startsWith("..") && made !== root; made = dirname(made)) {
    await syncDirectory(dirname(made));
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeAbandoned(directory: string, nowMs: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const file = join(directory, name);
    const found = await stat(file).catch(undefinedIfMissing);
    if (found !== undefined && nowMs - found.mtimeMs > ABANDONED_MS) await rm(file, { force: true });
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
