import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { crc32, gzip } from "node:zlib";
import { writeExact } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import { PLAIN_END } from "./package-document.ts";
import type { PackageDocument } from "./package-document.ts";
import { dateFrom } from "./view-date.ts";

const gzipAsync = promisify(gzip);

/** A body as it is sent, and the date that stands for exactly this body. */
export interface View {
  /** A character for each byte (latin1): Node sends the head and a string in one write, but a Buffer in a second one. */
  gzipped: string;
  /** Bytes of the body as it is before compression. */
  length: number;
  /** Undefined where it holds a line to be read each time: of an answer that is 304 Composer prints nothing. */
  lastModified: string | undefined;
}

export async function toView(document: JsonObject, { isReadEachTime = false } = {}): Promise<View> {
  const body = Buffer.from(writeExact(document));
  const gzipped = (await gzipAsync(body, { level: 9 })).toString("latin1");
  const lastModified = isReadEachTime ? undefined : dateFrom(createHash("sha256").update(body).digest());
  return { gzipped, length: body.length, lastModified };
}

/** A p2 document that is kept once for all who see the same versions, whatever each of them is told beside. */
export interface SharedDocument {
  readonly plain: View;
  /** Of `plain.gzipped`: what all views of it begin with. */
  readonly openingLength: number;
  readonly crc: number;
  readonly length: number;
}

export function shareDocument(document: PackageDocument): SharedDocument {
  const opening = Buffer.from(document.opening.buffer, document.opening.byteOffset, document.opening.byteLength);
  const end = closing(document, PLAIN_END);
  const gzipped = Buffer.concat([opening, end.bytes]).toString("latin1");
  const plain = { gzipped, length: end.length, lastModified: document.lastModified };
  return { plain, openingLength: opening.length, crc: document.crc, length: document.length };
}

/** The document with a line to be read each time. */
export function withLine({ plain, openingLength, ...opened }: SharedDocument, line: JsonObject): View {
  const end = closing(opened, `,${writeExact(line).slice(1)}`);
  const gzipped = plain.gzipped.slice(0, openingLength) + end.bytes.toString("latin1");
  return { gzipped, length: end.length, lastModified: undefined };
}

const STORED_BYTES_MAX = 65_535;

/** Ends a gzip member that was opened: stored blocks, of which the last says so, the checksum and the length of it all. */
function closing(opened: { crc: number; length: number }, text: string): { bytes: Buffer; length: number } {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  for (let start = 0; start < bytes.length; start += STORED_BYTES_MAX) {
    const block = bytes.subarray(start, start + STORED_BYTES_MAX);
    const head = Buffer.alloc(5);
    head.writeUInt8(start + block.length === bytes.length ? 1 : 0, 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(0xffff - block.length, 3);
    parts.push(head, block);
  }
  const length = opened.length + bytes.length;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(bytes, opened.crc), 0);
  trailer.writeUInt32LE(length % 2 ** 32, 4);
  return { bytes: Buffer.concat([...parts, trailer]), length };
}
