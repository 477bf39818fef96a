import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH = 30;
const CHECKSUM_LENGTH = 6;

/** `pbt_`: a Composer token. `pbm_`: a management token. */
export type SecretKind = "pbt" | "pbm";

/** A run of base62 characters with ≥ 5.95 random bits each; bytes ≥ 248 are thrown away so that no character is favoured. */
export function randomBase62(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && text.length < length) text += BASE62.charAt(byte % 62);
    }
  }
  return text;
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = "";
  for (let index = 0; index < CHECKSUM_LENGTH; index++) {
    checksum = BASE62.charAt(rest % 62) + checksum;
    rest = Math.floor(rest / 62);
  }
  return checksum;
}

/**
 * Makes a credential: kind, `_`, 30 random base62 characters (178 bits) and 6 of their CRC-32, so that a typing error or
 * junk is refused before any look-up and leak scanners can tell ours. Only `[A-Za-z0-9_]`: Composer and shells
 * carry it without quoting.
 */
export function newSecret(kind: SecretKind): string {
  const body = `${kind}_${randomBase62(RANDOM_LENGTH)}`;
  return body + checksumOf(body);
}

/** The kind of a well-formed credential with a right checksum; undefined for anything else. */
export function kindOfSecret(text: string): SecretKind | undefined {
  const kind = text.startsWith("pbt_") ? "pbt" : text.startsWith("pbm_") ? "pbm" : undefined;
  if (kind === undefined || text.length !== 4 + RANDOM_LENGTH + CHECKSUM_LENGTH) return undefined;
  if (!/^[A-Za-z0-9_]+$/.test(text)) return undefined;
  return checksumOf(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH) ? kind : undefined;
}

/** The stored form. A random secret needs no slow hash: there is nothing to guess. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** What lists show of a secret, so that a human can tell two apart. */
export function lastFour(secret: string): string {
  return secret.slice(-4);
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Equality that takes the same time wherever the difference is. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = createHash("sha256").update(a).digest();
  const right = createHash("sha256").update(b).digest();
  return timingSafeEqual(left, right);
}
