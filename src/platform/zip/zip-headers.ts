/** The records of a zip file, as PKWARE's APPNOTE.TXT has them; the numbers at the fields are its offsets. */

const STORED = 0;
const DEFLATED = 8;

/** Versions of the format: 2.0 knows directories and deflate, 4.5 sizes of 8 bytes; "made by" says Unix and 6.3. */
const VERSION_PLAIN = 20;
const VERSION_64 = 45;
const MADE_BY = (3 << 8) | 63;

const FLAG_SIZES_FOLLOW = 1 << 3;
const FLAG_UTF8 = 1 << 11;

const UINT32_MAX = 0xffff_ffff;
const UINT16_MAX = 0xffff;

/** A content this large gets fields of 8 bytes before its packed size is known; packing makes it hardly larger. */
const MAY_EXCEED_32_BITS = 0xf000_0000;

const EARLIEST_MS = Date.UTC(1980, 0, 1);
const LATEST_MS = Date.UTC(2107, 11, 31, 23, 59, 58);

export interface ZipHeader {
  readonly path: Buffer;
  readonly mode: number;
  readonly modifiedAt: number;
  readonly isUtf8: boolean;
  readonly isCompressed: boolean;
  /** They are written behind the content. */
  readonly sizesFollow: boolean;
  /** What the content is going to be. */
  readonly sizeBytes: number;
  /** Where it begins in the file. */
  readonly offset: number;
}

export interface ZipSizes {
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
}

/** What stands in front of a content; without sizes where they follow. */
export function localHeader(header: ZipHeader, sizes: ZipSizes | undefined): Buffer {
  const is64 = header.sizeBytes > MAY_EXCEED_32_BITS;
  const extra = Buffer.concat([timeField(header.modifiedAt), ...(is64 ? [field64([0, 0])] : [])]);
  const fixed = Buffer.alloc(30);
  fixed.writeUInt32LE(0x0403_4b50, 0);
  writeCommon(fixed, 4, header, is64);
  const unknown = is64 ? UINT32_MAX : 0;
  fixed.writeUInt32LE(sizes?.crc ?? 0, 14);
  fixed.writeUInt32LE(sizes?.packedBytes ?? unknown, 18);
  fixed.writeUInt32LE(sizes?.sizeBytes ?? unknown, 22);
  fixed.writeUInt16LE(header.path.length, 26);
  fixed.writeUInt16LE(extra.length, 28);
  return Buffer.concat([fixed, header.path, extra]);
}

/** What follows a content whose sizes were not known in front of it. */
export function descriptor(header: ZipHeader, { crc, packedBytes, sizeBytes }: ZipSizes): Buffer {
  const start = Buffer.alloc(8);
  start.writeUInt32LE(0x0807_4b50, 0);
  start.writeUInt32LE(crc, 4);
  if (header.sizeBytes > MAY_EXCEED_32_BITS) return Buffer.concat([start, uint64(packedBytes), uint64(sizeBytes)]);
  const sizes = Buffer.alloc(8);
  sizes.writeUInt32LE(packedBytes, 0);
  sizes.writeUInt32LE(sizeBytes, 4);
  return Buffer.concat([start, sizes]);
}

/** The entry of the directory at the end of the file. */
export function centralHeader(header: ZipHeader, { crc, packedBytes, sizeBytes }: ZipSizes): Buffer {
  const is64 = header.sizeBytes > MAY_EXCEED_32_BITS || header.offset >= UINT32_MAX;
  const large = is64 ? [field64([sizeBytes, packedBytes, header.offset])] : [];
  const extra = Buffer.concat([timeField(header.modifiedAt), ...large]);
  const fixed = Buffer.alloc(46);
  fixed.writeUInt32LE(0x0201_4b50, 0);
  fixed.writeUInt16LE(MADE_BY, 4);
  writeCommon(fixed, 6, header, is64);
  fixed.writeUInt32LE(crc, 16);
  fixed.writeUInt32LE(is64 ? UINT32_MAX : packedBytes, 20);
  fixed.writeUInt32LE(is64 ? UINT32_MAX : sizeBytes, 24);
  fixed.writeUInt16LE(header.path.length, 28);
  fixed.writeUInt16LE(extra.length, 30);
  fixed.writeUInt32LE((header.mode << 16) >>> 0, 38);
  fixed.writeUInt32LE(is64 ? UINT32_MAX : header.offset, 42);
  return Buffer.concat([fixed, header.path, extra]);
}

/** The end of the file, which says where the directory is. */
export function endOfDirectory(at: { entries: number; offset: number; sizeBytes: number }): Buffer {
  const is64 = at.entries >= UINT16_MAX || at.offset >= UINT32_MAX || at.sizeBytes >= UINT32_MAX;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(is64 ? UINT16_MAX : at.entries, 8);
  end.writeUInt16LE(is64 ? UINT16_MAX : at.entries, 10);
  end.writeUInt32LE(is64 ? UINT32_MAX : at.sizeBytes, 12);
  end.writeUInt32LE(is64 ? UINT32_MAX : at.offset, 16);
  return is64 ? Buffer.concat([endOfDirectory64(at), end]) : end;
}

function endOfDirectory64({ entries, offset, sizeBytes }: { entries: number; offset: number; sizeBytes: number }) {
  const fixed = Buffer.alloc(24);
  fixed.writeUInt32LE(0x0606_4b50, 0);
  fixed.writeUInt32LE(44, 4);
  fixed.writeUInt16LE(MADE_BY, 12);
  fixed.writeUInt16LE(VERSION_64, 14);
  const locator = Buffer.alloc(8);
  locator.writeUInt32LE(0x0706_4b50, 0);
  const numbers = [entries, entries, sizeBytes, offset].map(uint64);
  const disks = Buffer.from([1, 0, 0, 0]);
  return Buffer.concat([fixed, ...numbers, locator, uint64(offset + sizeBytes), disks]);
}

/** Version, flags, method, time and date, which stand together in both headers of an entry. */
function writeCommon(fixed: Buffer, at: number, header: ZipHeader, is64: boolean): void {
  const { date, time } = dosTime(header.modifiedAt);
  fixed.writeUInt16LE(is64 ? VERSION_64 : VERSION_PLAIN, at);
  fixed.writeUInt16LE((header.isUtf8 ? FLAG_UTF8 : 0) | (header.sizesFollow ? FLAG_SIZES_FOLLOW : 0), at + 2);
  fixed.writeUInt16LE(header.isCompressed ? DEFLATED : STORED, at + 4);
  fixed.writeUInt16LE(time, at + 6);
  fixed.writeUInt16LE(date, at + 8);
}

/** A zip knows the years from 1980 to 2107. It means local times; UTC is the same everywhere. */
function dosTime(modifiedAt: number): { date: number; time: number } {
  const at = new Date(Math.min(Math.max(modifiedAt * 1000, EARLIEST_MS), LATEST_MS));
  const date = ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate();
  const time = (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1);
  return { date, time };
}

/** The time in UTC, for readers who know this field; it has 31 bits. */
function timeField(modifiedAt: number): Buffer {
  const clamped = Math.max(modifiedAt, EARLIEST_MS / 1000);
  if (clamped > 0x7fff_ffff) return Buffer.alloc(0);
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeUInt32LE(clamped, 5);
  return field;
}

function field64(numbers: readonly number[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(1, 0);
  head.writeUInt16LE(numbers.length * 8, 2);
  return Buffer.concat([head, ...numbers.map(uint64)]);
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
