import { Header } from "tar";
import { paddingOf } from "../tar/index.ts";
import { ByteReader } from "./byte-reader.ts";
import { GitError } from "./git-error.ts";
import type { RunningGit } from "./git.ts";

const BLOCK_BYTES = 512;
const EXTENDED_HEADER_BYTES_MAX = 1024 * 1024;

/**
 * One entry of an archive, on its way from git to the file that is written. Streams of them are async iterators, so that
 * whoever replaces a content or inserts entries of another repository stands in between:
 * `writeArchive(withSomething(mirror.archiveEntries(commit)))`. Such a generator passes on what it does not change,
 * reads or drops the content of an entry before it asks for the next one, and iterates with `for await`, which ends git
 * when the reader leaves early.
 */
export interface ArchiveEntry {
  readonly kind: "file" | "directory" | "symlink";
  /** As it stands in the tree: from the root, no slash at either end, any bytes. A submodule is an empty directory. */
  readonly path: Buffer;
  readonly isExecutable: boolean;
  /** Of the commit, in Unix seconds. */
  readonly modifiedAt: number;
  readonly sizeBytes: number;
  /** Exactly `sizeBytes` bytes, of a symbolic link its target; to be read before the next entry is asked for, or not. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * The entries of a running `git archive --format=tar`, in git's order: that of the trees, where a directory counts as
 * its name with a slash, and so that of the bytes of the whole paths. Fails at its end when git failed.
 */
export async function* readArchiveEntries(archive: RunningGit): AsyncGenerator<ArchiveEntry> {
  const reader = new ByteReader(outputOf(archive));
  try {
    archive.stdin.end();
    let extension = new Map<string, Buffer>();
    for (;;) {
      const block = await reader.read(BLOCK_BYTES);
      const header = new Header(block);
      if (header.nullBlock) break;
      if (!header.cksumValid) throw unreadable("a header is damaged");
      if (header.type === "ExtendedHeader" || header.type === "GlobalExtendedHeader") {
        const records = await readExtendedHeader(reader, header.size ?? 0);
        // The global one holds the name of the commit, which is known.
        if (header.type === "ExtendedHeader") extension = records;
        continue;
      }
      const content = contentOf(reader, sizeOf(header, extension));
      yield toEntry(block, header, extension, content.chunks);
      await content.skipRest();
      extension = new Map();
    }
    await reader.skipRest();
  } finally {
    archive.cancel();
    archive.stdout.destroy();
  }
}

/** What git writes, and at its end the reason why git failed, if it did. */
async function* outputOf(archive: RunningGit): AsyncGenerator<Buffer> {
  yield* archive.stdout as AsyncIterable<Buffer>;
  await archive.done;
}

function toEntry(
  block: Buffer,
  header: Header,
  extension: ReadonlyMap<string, Buffer>,
  content: AsyncIterable<Buffer>,
): ArchiveEntry {
  const path = extension.get("path") ?? pathOf(block);
  const times = { modifiedAt: Math.floor((header.mtime?.getTime() ?? 0) / 1000) };
  if (header.type === "Directory") {
    const end = path.at(-1) === 0x2f ? path.length - 1 : path.length;
    return { kind: "directory", path: path.subarray(0, end), isExecutable: true, ...times, sizeBytes: 0, content };
  }
  if (header.type === "SymbolicLink") {
    const target = extension.get("linkpath") ?? cut(block.subarray(157, 257));
    const read = oneChunk(target);
    return { kind: "symlink", path, isExecutable: false, ...times, sizeBytes: target.length, content: read };
  }
  if (header.type !== "File" && header.type !== "OldFile") throw unreadable("an entry is neither file nor link");
  const isExecutable = ((header.mode ?? 0) & 0o100) !== 0;
  return { kind: "file", path, isExecutable, ...times, sizeBytes: sizeOf(header, extension), content };
}

/** Names are bytes: the ones that are no UTF-8 would not survive as text. */
function pathOf(block: Buffer): Buffer {
  const name = cut(block.subarray(0, 100));
  const prefix = cut(block.subarray(345, 500));
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
}

function cut(field: Buffer): Buffer {
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end));
}

function sizeOf(header: Header, extension: ReadonlyMap<string, Buffer>): number {
  return Number(extension.get("size")?.toString("latin1") ?? header.size ?? 0);
}

/** Records of the form `length key=value\n`, whose values are bytes. */
async function readExtendedHeader(reader: ByteReader, sizeBytes: number): Promise<Map<string, Buffer>> {
  if (sizeBytes > EXTENDED_HEADER_BYTES_MAX) throw unreadable("an extended header is too large");
  const bytes = await reader.read(sizeBytes);
  await reader.skip(paddingOf(sizeBytes));
  const records = new Map<string, Buffer>();
  for (let start = 0; start < bytes.length;) {
    const space = bytes.indexOf(0x20, start);
    const end = start + Number(bytes.toString("latin1", start, space));
    const equals = bytes.indexOf(0x3d, space);
    if (space === -1 || !(end > equals) || end > bytes.length) throw unreadable("an extended header is damaged");
    records.set(bytes.toString("latin1", space + 1, equals), Buffer.from(bytes.subarray(equals + 1, end - 1)));
    start = end;
  }
  return records;
}

/** The content of one entry; what nobody read of it is passed over. */
function contentOf(reader: ByteReader, sizeBytes: number) {
  let missing = sizeBytes;
  async function* read(): AsyncGenerator<Buffer> {
    while (missing > 0) {
      const part = await reader.readPart(missing);
      missing -= part.length;
      yield part;
    }
  }
  return {
    chunks: read(),
    async skipRest() {
      await reader.skip(missing + paddingOf(sizeBytes));
      missing = 0;
    },
  };
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Buffer> {
  if (bytes.length > 0) yield await Promise.resolve(bytes);
}

function unreadable(detail: string): GitError {
  return new GitError("other", "git's archive cannot be read", detail);
}
