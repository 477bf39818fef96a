import { Readable } from "node:stream";
import type { ArchiveEntry } from "../../platform/git/index.ts";
import { writeZip } from "../../platform/zip/index.ts";
import type { ZipEntry } from "../../platform/zip/index.ts";

/** Modes as git has them in its trees; nothing of the umask of whoever packs. */
const DIRECTORY_MODE = 0o040755;
const FILE_MODE = 0o100644;
const EXECUTABLE_MODE = 0o100755;
const SYMLINK_MODE = 0o120777;

/**
 * The bytes of a zip, all of it below one folder, out of entries that come in their order. They fail when the entries do,
 * and who takes no more of them ends the entries.
 */
export function writeArchive(entries: AsyncIterable<ArchiveEntry>, folder: string): AsyncGenerator<Buffer> {
  return writeZip(below(folder, entries));
}

async function* below(folder: string, entries: AsyncIterable<ArchiveEntry>): AsyncGenerator<ZipEntry> {
  let hasFolder = false;
  for await (const entry of entries) {
    // Dated as everything in it; without an entry there is no folder either.
    if (!hasFolder) yield directoryAt(`${folder}/`, entry.modifiedAt);
    hasFolder = true;
    yield toZip(entry, Buffer.concat([Buffer.from(`${folder}/`), entry.path]));
  }
}

function toZip(entry: ArchiveEntry, path: Buffer): ZipEntry {
  const { kind, modifiedAt, sizeBytes, content } = entry;
  if (kind === "directory") return directoryAt(Buffer.concat([path, Buffer.from("/")]), modifiedAt);
  const mode = kind === "symlink" ? SYMLINK_MODE : entry.isExecutable ? EXECUTABLE_MODE : FILE_MODE;
  return { path, mode, modifiedAt, isCompressed: kind === "file" && sizeBytes > 0, sizeBytes, content };
}

function directoryAt(path: Buffer | string, modifiedAt: number): ZipEntry {
  const content = Readable.from([]);
  return { path: Buffer.from(path), mode: DIRECTORY_MODE, modifiedAt, isCompressed: false, sizeBytes: 0, content };
}
