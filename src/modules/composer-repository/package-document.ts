import { createHash } from "node:crypto";
import { once } from "node:events";
import { constants, crc32, createDeflateRaw } from "node:zlib";
import { createMinifier, parseExact, writeExact } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import type { PublishedRow } from "./composer-repository-queries.ts";
import { dateFrom } from "./view-date.ts";

/** What a p2 document says of its package besides the rows of its versions. */
export interface DocumentFacts {
  readonly publicUrl: string;
  readonly name: string;
  /** As of {@link HostedRow}. */
  readonly abandoned: boolean | string | undefined;
}

/** A p2 document without what ends it, which depends on who reads it: see view.ts. */
export interface PackageDocument {
  /** A gzip member that is not closed yet, at the border of a byte. */
  readonly opening: Uint8Array;
  /** Bytes and checksum of what is in it. */
  readonly length: number;
  readonly crc: number;
  /** Of the document that is ended by `}` alone. */
  readonly lastModified: string;
}

/** Deflate, no flags, no time, the best compression, Unix. */
const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3]);
/** What ends a document that has no line for its reader. */
export const PLAIN_END = "}";

/**
 * Writes a p2 document version by version: never more of it is in memory than one version and what is compressed
 * already. Give the rows in the order of the list.
 */
export class PackageDocumentWriter {
  readonly #facts: DocumentFacts;
  readonly #minified = createMinifier();
  readonly #hash = createHash("sha256");
  readonly #deflate = createDeflateRaw({ level: 9 });
  readonly #chunks: Buffer[] = [GZIP_HEAD];
  #length = 0;
  #crc = 0;
  #versions = 0;

  constructor(facts: DocumentFacts) {
    this.#facts = facts;
    this.#deflate.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
  }

  async add(rows: readonly PublishedRow[]): Promise<void> {
    for (const row of rows) {
      const before = this.#versions++ === 0 ? this.#begin() : ",";
      await this.#write(before + writeExact(this.#minified(toEntry(this.#facts, row))));
    }
  }

  async end(): Promise<PackageDocument> {
    const before = this.#versions === 0 ? this.#begin() : "";
    await this.#write(`${before}]},"minified":"composer/2.0"`);
    await new Promise<void>((resolve) => this.#deflate.flush(constants.Z_FULL_FLUSH, resolve));
    this.#deflate.destroy();
    const hash = this.#hash.update(PLAIN_END).digest();
    const opening = new Uint8Array(Buffer.concat(this.#chunks));
    return { opening, length: this.#length, crc: this.#crc, lastModified: dateFrom(hash) };
  }

  #begin(): string {
    return `{"packages":{${JSON.stringify(this.#facts.name)}:[`;
  }

  async #write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    this.#length += bytes.length;
    this.#crc = crc32(bytes, this.#crc);
    this.#hash.update(bytes);
    if (!this.#deflate.write(bytes)) await once(this.#deflate, "drain");
  }
}

/** No `source` and nothing of upstream: older Composers fall back to it with the customer's token (protocol §9). */
function toEntry({ publicUrl, name, abandoned }: DocumentFacts, row: PublishedRow): JsonObject {
  // What is said of the package counts for each version: who stays on an old one is to hear of it too.
  const left = abandoned === undefined ? ["source"] : ["source", "abandoned"];
  const stored = Object.entries(parseExact(row.metadata) as JsonObject);
  return {
    ...Object.fromEntries(stored.filter(([key]) => !left.includes(key))),
    ...(abandoned === undefined || abandoned === false ? {} : { abandoned }),
    dist: {
      type: "zip",
      url: `${publicUrl}/dist/${name}/${row.reference}.zip`,
      reference: row.reference,
      shasum: row.shasum,
    },
    time: isoDate(row.time),
    "published-time": isoDate(row.released_at),
  };
}

function isoDate(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(/\.\d+Z$/, "+00:00");
}
