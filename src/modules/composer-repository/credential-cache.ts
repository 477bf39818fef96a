import { LRUCache } from "lru-cache";

/** Most credentials take about 1 kB. */
const CREDENTIALS_MAX = 50_000;
const CREDENTIALS_BYTES_MAX = 64 * 1024 * 1024;
const CREDENTIAL_BYTES = 600;
const GRANT_BYTES = 400;
/** One secret comes as Basic and as Bearer, and as Basic with the few user names that its holders chose. */
const HEADERS_PER_SECRET = 4;
const HEADER_LENGTH_MAX = 1_000;

interface Kept<C> {
  credential: C;
  /** The spellings it is found by without being parsed; the newest last. */
  headers: readonly string[];
}

/**
 * Credentials in memory, by two steps (docs/decisions/0040): the raw header names the hash of its secret, the hash the
 * credential. A header that was not seen before costs its parsing and a hash. However many user names somebody puts
 * before one secret, they take one credential's place and a few headers', all of their own.
 */
export class CredentialCache<C extends { grants: readonly unknown[] }> {
  readonly #hashes = new Map<string, string>();
  readonly #kept: LRUCache<string, Kept<C>>;

  constructor({ max = CREDENTIALS_MAX } = {}) {
    this.#kept = new LRUCache<string, Kept<C>>({
      max,
      maxSize: CREDENTIALS_BYTES_MAX,
      sizeCalculation: ({ credential, headers }) =>
        headers.reduce((sum, { length }) => sum + length, CREDENTIAL_BYTES + credential.grants.length * GRANT_BYTES),
      // What replaces an entry has its headers.
      noDisposeOnSet: true,
      dispose: ({ headers }) => this.#forgetHeaders(headers),
    });
  }

  /** The hash of the secret in a header that is known. */
  hashOf(header: string): string | undefined {
    return this.#hashes.get(header);
  }

  get(hash: string): C | undefined {
    return this.#kept.get(hash)?.credential;
  }

  /** Has a spelling of a kept secret be found without parsing from now on. */
  learn(header: string, hash: string): void {
    const known = this.#kept.peek(hash);
    if (known === undefined || header.length > HEADER_LENGTH_MAX || this.#hashes.has(header)) return;
    this.#store(hash, { credential: known.credential, headers: [...known.headers, header] });
  }

  keep(hash: string, credential: C): void {
    this.#store(hash, { credential, headers: this.#kept.peek(hash)?.headers ?? [] });
  }

  forget(hash: string): void {
    this.#kept.delete(hash);
  }

  /** How much is kept, for tests. */
  get size(): { credentials: number; headers: number } {
    return { credentials: this.#kept.size, headers: this.#hashes.size };
  }

  #store(hash: string, { credential, headers }: Kept<C>): void {
    const left = headers.slice(-HEADERS_PER_SECRET);
    this.#forgetHeaders(headers.slice(0, -HEADERS_PER_SECRET));
    this.#kept.set(hash, { credential, headers: left });
    // One that is larger than the whole cache is not kept.
    if (!this.#kept.has(hash)) this.#forgetHeaders(left);
    else for (const header of left) this.#hashes.set(header, hash);
  }

  #forgetHeaders(headers: readonly string[]): void {
    for (const header of headers) this.#hashes.delete(header);
  }
}
