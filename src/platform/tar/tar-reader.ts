import type { FileHandle } from "node:fs/promises";
import { Header, Pax } from "tar";
import { paddingOf } from "./tar-writer.ts";

const BLOCK_BYTES = 512;
const CHUNK_BYTES = 1024 * 1024;
const EXTENDED_HEADER_BYTES_MAX = 1024 * 1024;

/** The archive is no tar archive, is cut off, or holds what {@link readTar} does not take. */
export class TarError extends Error {
  override readonly name = "TarError";
}

export interface TarEntry {
  readonly type: "file" | "directory";
  /** As it stands in the archive: nothing was checked. */
  readonly path: string;
  readonly sizeBytes: number;
  /** To be read before the next entry is asked for, or not at all. */
  readonly content: AsyncIterable<Buffer>;
}

/** Reads an archive from the start of an open file. Links, devices and the like are errors, not entries. */
export async function* readTar(file: FileHandle): AsyncGenerator<TarEntry> {
  let position = 0;
  let extension: Pax | undefined;
  for (;;) {
    const header = new Header(await readFully(file, position, BLOCK_BYTES), 0, extension);
    position += BLOCK_BYTES;
    if (header.nullBlock) return;
    if (!header.cksumValid || header.path === undefined) throw new TarError("it is damaged, or no tar archive");
    const sizeBytes = header.size ?? 0;
    const contentAt = position;
    position += sizeBytes + paddingOf(sizeBytes);
    if (header.type === "ExtendedHeader") {
      if (sizeBytes > EXTENDED_HEADER_BYTES_MAX) throw new TarError("it holds an oversized header");
      extension = Pax.parse((await readFully(file, contentAt, sizeBytes)).toString("utf8"));
      continue;
    }
    extension = undefined;
    const path = header.path;
    if (header.type === "Directory") {
      yield { type: "directory", path: path.replace(/\/$/, ""), sizeBytes: 0, content: readRange(file, contentAt, 0) };
    } else if (header.type === "File" || header.type === "OldFile") {
      yield { type: "file", path, sizeBytes, content: readRange(file, contentAt, sizeBytes) };
    } else {
      throw new TarError(`${path} is neither a file nor a directory`);
    }
  }
}

async function* readRange(file: FileHandle, start: number, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < sizeBytes; offset += CHUNK_BYTES) {
    yield await readFully(file, start + offset, Math.min(CHUNK_BYTES, sizeBytes - offset));
  }
}

async function readFully(file: FileHandle, position: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const { bytesRead } = await file.read(bytes, filled, sizeBytes - filled, position + filled);
    if (bytesRead === 0) throw new TarError("it is cut off");
    filled += bytesRead;
  }
  return bytes;
}
