import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LfsObject } from "./pointer.ts";

/** Names with a dot in front are not finished: backups pass over them. */
const UNFINISHED = ".incoming-";

/** The Git LFS objects of one source, each in a file of its own that appears whole and checked or not at all. */
export interface LfsStore {
  has(object: LfsObject): Promise<boolean>;
  read(object: LfsObject): AsyncIterable<Buffer>;
  /**
   * Stores the content if it has the object's hash and size. Throws {@link LfsContentError} when it has not, as soon
   * as it has more bytes than it should.
   */
  write(object: LfsObject, content: AsyncIterable<Buffer>): Promise<void>;
  /** Of all objects together. */
  sizeBytes(): Promise<number>;
  /** Removes what killed processes left. Only for the holder of the source's claim: nobody else writes then. */
  removeUnfinished(): Promise<void>;
}

/** What a host sent is not what the pointer names. */
export class LfsContentError extends Error {
  override readonly name = "LfsContentError";
}

export function openLfsStore(directory: string): LfsStore {
  const place = ({ oid }: LfsObject) => join(directory, oid.slice(0, 2), oid.slice(2, 4), oid);
  return {
    async has(object) {
      const found = await stat(place(object)).catch(() => undefined);
      return found?.isFile() === true && found.size === object.sizeBytes;
    },
    read: (object) => createReadStream(place(object)) as AsyncIterable<Buffer>,
    write: (object, content) => writeObject(directory, place(object), object, content),
    async sizeBytes() {
      const files = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
      let sum = 0;
      for (const file of files.filter((one) => one.isFile())) {
        sum += (await stat(join(file.parentPath, file.name)).catch(() => undefined))?.size ?? 0;
      }
      return sum;
    },
    async removeUnfinished() {
      for (const name of await readdir(directory).catch((): string[] => [])) {
        if (name.startsWith(UNFINISHED)) await rm(join(directory, name), { force: true });
      }
    },
  };
}

async function writeObject(
  directory: string,
  target: string,
  { oid, sizeBytes }: LfsObject,
  content: AsyncIterable<Buffer>,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const unfinished = join(directory, `${UNFINISHED}${randomBytes(8).toString("hex")}`);
  const file = await open(unfinished, "wx", 0o640);
  try {
    const digest = createHash("sha256");
    let received = 0;
    for await (const chunk of content) {
      received += chunk.length;
      if (received > sizeBytes) throw new LfsContentError(`has more than the ${sizeBytes} bytes that its pointer says`);
      digest.update(chunk);
      await file.writeFile(chunk);
    }
    if (received < sizeBytes) throw new LfsContentError(`has ${received} bytes instead of ${sizeBytes}`);
    if (digest.digest("hex") !== oid) throw new LfsContentError("does not have the SHA-256 that its pointer says");
    await file.sync();
    await file.close();
    await rename(unfinished, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** After a rename: without it a power cut may forget the new name. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
