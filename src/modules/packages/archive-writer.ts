import { isUtf8 } from "node:buffer";
import { PassThrough, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import type { ArchiveEntry } from "../../platform/git/index.ts";

const COMPRESSION_LEVEL = 6;

/** Modes as git has them in its trees; nothing of the umask of whoever packs. */
const DIRECTORY_MODE = 0o040755;
const FILE_MODE = 0o100644;
const EXECUTABLE_MODE = 0o100755;
const SYMLINK_MODE = 0o120777;

/** A zip knows years from 1980 to 2107; a day less at both ends, for all time zones. */
const EARLIEST_MS = Date.UTC(1980, 0, 2);
const LATEST_MS = Date.UTC(2107, 11, 30);

/** The field that says the time in UTC has 31 bits. */
const UTC_FIELD_LATEST_MS = 0x7fff_ffff * 1000;

const WESTERN = new TextDecoder("windows-1252");

/**
 * Writes a zip, all of it below one folder, out of entries that come in their order. The bytes depend on the entries and
 * nothing else: not on the time zone, the umask, the speed or the pieces in which contents arrive. One content after the
 * other goes through, none is kept. The stream fails when the entries do, and who destroys it ends them.
 */
export function writeArchive(entries: AsyncIterable<ArchiveEntry>, folder: string): Readable {
  const zip = new ZipFile();
  const output = new PassThrough();
  const fail = (error: unknown) => output.destroy(error instanceof Error ? error : new Error(String(error)));
  zip.on("error", fail);
  zip.outputStream.pipe(output);
  addAll(zip, output, entries, folder).then(() => zip.end(), fail);
  return output;
}

async function addAll(
  zip: ZipFile,
  output: Readable,
  entries: AsyncIterable<ArchiveEntry>,
  folder: string,
): Promise<void> {
  const closed = finished(output);
  closed.catch(() => undefined);
  let hasFolder = false;
  for await (const entry of entries) {
    if (!hasFolder) zip.addEmptyDirectory(folder, { ...timesOf(entry), mode: DIRECTORY_MODE });
    hasFolder = true;
    const path = `${folder}/${textOf(entry.path)}`;
    await addEntry(zip, entry, path, closed);
  }
}

async function addEntry(zip: ZipFile, entry: ArchiveEntry, path: string, closed: Promise<void>): Promise<void> {
  const times = timesOf(entry);
  if (entry.kind === "directory") {
    zip.addEmptyDirectory(path, { ...times, mode: DIRECTORY_MODE });
  } else if (entry.kind === "symlink") {
    zip.addBuffer(await collect(entry.content), path, { ...times, mode: SYMLINK_MODE, compress: false });
  } else if (entry.sizeBytes === 0) {
    zip.addBuffer(Buffer.alloc(0), path, { ...times, mode: modeOf(entry), compress: false });
  } else {
    const content = Readable.from(entry.content, { objectMode: false });
    const options = { ...times, mode: modeOf(entry), size: entry.sizeBytes, compressionLevel: COMPRESSION_LEVEL };
    zip.addReadStream(content, path, options);
    try {
      await Promise.race([finished(content), closed]);
    } finally {
      content.destroy();
    }
  }
}

/** Names in a zip are text. One that is no UTF-8 is most likely as old as the encoding of Windows. */
function textOf(path: Buffer): string {
  return isUtf8(path) ? path.toString("utf8") : WESTERN.decode(path);
}

function modeOf(entry: ArchiveEntry): number {
  return entry.isExecutable ? EXECUTABLE_MODE : FILE_MODE;
}

function timesOf(entry: ArchiveEntry): { mtime: Date; forceDosTimestamp: boolean } {
  const ms = Math.min(Math.max(entry.modifiedAt * 1000, EARLIEST_MS), LATEST_MS);
  return { mtime: new UtcDate(ms), forceDosTimestamp: ms > UTC_FIELD_LATEST_MS };
}

/** The library asks a date for its local parts, which are other ones in every time zone. */
class UtcDate extends Date {
  override getFullYear(): number {
    return this.getUTCFullYear();
  }
  override getMonth(): number {
    return this.getUTCMonth();
  }
  override getDate(): number {
    return this.getUTCDate();
  }
  override getHours(): number {
    return this.getUTCHours();
  }
  override getMinutes(): number {
    return this.getUTCMinutes();
  }
  override getSeconds(): number {
    return this.getUTCSeconds();
  }
}

async function collect(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
