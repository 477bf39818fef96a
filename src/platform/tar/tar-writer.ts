import { createHash } from "node:crypto";
import { Header, Pax } from "tar";
import type { HeaderData } from "tar";

const BLOCK_BYTES = 512;

export interface TarFile {
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
  /** Exactly `sizeBytes` bytes. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** Writes a tar archive to wherever `write` puts it, one entry after the other. */
export interface TarWriter {
  addDirectory(path: string, modifiedAt: Date): Promise<void>;
  /** Returns the SHA-256 of the content, hex. Throws when there is less or more of it than was said. */
  addFile(path: string, file: TarFile): Promise<string>;
  /** Writes the end mark; without it a reader takes the archive for cut off. */
  end(): Promise<void>;
}

export function createTarWriter(write: (bytes: Uint8Array) => Promise<void>): TarWriter {
  return {
    addDirectory: (path, modifiedAt) =>
      write(headerOf({ path: `${path}/`, type: "Directory", size: 0, mode: 0o755, mtime: modifiedAt })),
    async addFile(path, { sizeBytes, modifiedAt, content }) {
      await write(headerOf({ path, type: "File", size: sizeBytes, mode: 0o644, mtime: modifiedAt }));
      const digest = createHash("sha256");
      let writtenBytes = 0;
      for await (const chunk of content) {
        digest.update(chunk);
        writtenBytes += chunk.length;
        if (writtenBytes <= sizeBytes) await write(chunk);
      }
      if (writtenBytes !== sizeBytes) throw new Error(`${path} has ${writtenBytes} bytes and not ${sizeBytes}`);
      await write(Buffer.alloc(paddingOf(sizeBytes)));
      return digest.digest("hex");
    },
    end: () => write(Buffer.alloc(2 * BLOCK_BYTES)),
  };
}

/** How many bytes are missing to a whole block. */
export function paddingOf(sizeBytes: number): number {
  return (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
}

function headerOf(data: HeaderData & { path: string; size: number }): Buffer {
  const entry = { ...data, uid: 0, gid: 0, uname: "", gname: "" };
  const block = Buffer.alloc(BLOCK_BYTES);
  if (!new Header(entry).encode(block)) return block;
  // A long or non-ASCII path, or a size beyond 8 GiB, goes into an extended header in front of a plain one.
  const plain = Buffer.alloc(BLOCK_BYTES);
  new Header({ ...entry, path: data.type === "Directory" ? "long-name/" : "long-name" }).encode(plain);
  return Buffer.concat([new Pax({ path: entry.path, size: entry.size }).encode(), plain]);
}
