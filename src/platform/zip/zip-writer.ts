import { isUtf8 } from "node:buffer";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { crc32, createDeflateRaw, deflateRaw, deflateRawSync } from "node:zlib";
import type { ZlibOptions } from "node:zlib";
import { centralHeader, descriptor, endOfDirectory, localHeader } from "./zip-headers.ts";
import type { ZipHeader, ZipSizes } from "./zip-headers.ts";

const COMPRESSION_LEVEL = 6;

/** Smaller contents are compressed in one piece, and their sizes stand in front of them. */
const ONE_PIECE_BYTES_MAX = 1024 * 1024;

/** Larger ones are given to the compressor in pieces of this size, however they arrive: it might see the difference. */
const PIECE_BYTES = 64 * 1024;

/** Compressing this much takes a millisecond, and handing it to another thread ten times what it takes here. */
const AT_ONCE_BYTES_MAX = 32 * 1024;

const deflateElsewhere = promisify<Uint8Array, ZlibOptions, Buffer>(deflateRaw);

export interface ZipEntry {
  /** A directory's ends with a slash. */
  readonly path: Buffer;
  /** As Unix has it, with the kind of the file. */
  readonly mode: number;
  /** In Unix seconds. */
  readonly modifiedAt: number;
  readonly isCompressed: boolean;
  readonly sizeBytes: number;
  /** Exactly `sizeBytes` bytes. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Writes a zip, as its bytes are taken. They depend on the entries and nothing else: not on the time zone, nor on the
 * pieces in which contents arrive. One content after the other goes through; what is kept of each is its header.
 */
export async function* writeZip(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Buffer> {
  const directory: Buffer[] = [];
  let offset = 0;
  for await (const entry of entries) {
    const header = headerOf(entry, offset);
    for await (const { bytes, sizes } of header.sizesFollow ? large(entry, header) : small(entry, header)) {
      offset += bytes.length;
      if (sizes !== undefined) directory.push(centralHeader(header, sizes));
      yield bytes;
    }
  }
  const directoryBytes = Buffer.concat(directory);
  yield directoryBytes;
  yield endOfDirectory({ entries: directory.length, offset, sizeBytes: directoryBytes.length });
}

/** Bytes of one entry; with the last of them its sizes. */
interface Part {
  readonly bytes: Buffer;
  readonly sizes?: ZipSizes;
}

function headerOf({ path, mode, modifiedAt, isCompressed, sizeBytes }: ZipEntry, offset: number): ZipHeader {
  const sizesFollow = isCompressed && sizeBytes > ONE_PIECE_BYTES_MAX;
  return { path, mode, modifiedAt, isUtf8: isUtf8(path), isCompressed, sizesFollow, sizeBytes, offset };
}

async function* small(entry: ZipEntry, header: ZipHeader): AsyncGenerator<Part> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry.content) chunks.push(chunk);
  const content = Buffer.concat(chunks);
  assertSize(entry, content.length);
  const packed = entry.isCompressed ? await deflate(content) : content;
  const sizes = { crc: crc32(content), packedBytes: packed.length, sizeBytes: content.length };
  yield { bytes: Buffer.concat([localHeader(header, sizes), packed]), sizes };
}

async function deflate(content: Buffer): Promise<Buffer> {
  // The room for the result is made at once: by default it is 16 kB, which thousands of small files add up.
  const options = { level: COMPRESSION_LEVEL, chunkSize: Math.max(content.length, 64) };
  return content.length <= AT_ONCE_BYTES_MAX
    ? deflateRawSync(content, options)
    : await deflateElsewhere(content, options);
}

async function* large(entry: ZipEntry, header: ZipHeader): AsyncGenerator<Part> {
  yield { bytes: localHeader(header, undefined) };
  let [crc, packedBytes, sizeBytes] = [0, 0, 0];
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of entry.content) {
      crc = crc32(chunk, crc);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  const packed = createDeflateRaw({ level: COMPRESSION_LEVEL });
  const fed = pipeline(inPieces(measured()), packed);
  // What it fails with, the loop throws.
  fed.catch(() => undefined);
  for await (const bytes of packed as AsyncIterable<Buffer>) {
    packedBytes += bytes.length;
    yield { bytes };
  }
  await fed;
  assertSize(entry, sizeBytes);
  const sizes = { crc, packedBytes, sizeBytes };
  yield { bytes: descriptor(header, sizes), sizes };
}

async function* inPieces(content: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Buffer = Buffer.alloc(0);
  for await (const chunk of content) {
    waiting = Buffer.concat([waiting, chunk]);
    let start = 0;
    for (; waiting.length - start >= PIECE_BYTES; start += PIECE_BYTES) {
      yield waiting.subarray(start, start + PIECE_BYTES);
    }
    waiting = waiting.subarray(start);
  }
  if (waiting.length > 0) yield waiting;
}

function assertSize({ path, sizeBytes }: ZipEntry, actualBytes: number): void {
  if (actualBytes !== sizeBytes) throw new Error(`${path.toString()} has ${actualBytes} bytes and not ${sizeBytes}`);
}
