import { GitError } from "./git-error.ts";

/** Takes lines and counted bytes off a stream of chunks, without gluing the chunks together over and over. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #current: Buffer = Buffer.alloc(0);
  #offset = 0;

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** The next line without its end; undefined at the end of the stream. */
  async readLine(): Promise<string | undefined> {
    const parts: Buffer[] = [];
    for (;;) {
      const end = this.#current.indexOf(10, this.#offset);
      if (end !== -1) {
        parts.push(this.#current.subarray(this.#offset, end));
        this.#offset = end + 1;
        return Buffer.concat(parts).toString("utf8");
      }
      parts.push(this.#current.subarray(this.#offset));
      if (!(await this.#next())) return undefined;
    }
  }

  /** Exactly so many bytes. Throws when the stream ends before. */
  async read(sizeBytes: number): Promise<Buffer> {
    if (this.#current.length - this.#offset >= sizeBytes) {
      const bytes = this.#current.subarray(this.#offset, this.#offset + sizeBytes);
      this.#offset += sizeBytes;
      return bytes;
    }
    const parts: Buffer[] = [];
    await this.#take(sizeBytes, (part) => parts.push(part));
    return Buffer.concat(parts);
  }

  /** At least one byte and at most so many, as they arrived. Throws at the end of the stream. */
  async readPart(sizeBytesMax: number): Promise<Buffer> {
    while (this.#offset === this.#current.length) {
      if (!(await this.#next())) throw endedEarly();
    }
    const part = this.#current.subarray(this.#offset, this.#offset + sizeBytesMax);
    this.#offset += part.length;
    return part;
  }

  /** Passes over so many bytes without keeping them. */
  async skip(sizeBytes: number): Promise<void> {
    await this.#take(sizeBytes, () => undefined);
  }

  /** Passes over everything that comes, to the end of the stream. */
  async skipRest(): Promise<void> {
    while (await this.#next());
    this.#offset = this.#current.length;
  }

  async #take(sizeBytes: number, use: (part: Buffer) => void): Promise<void> {
    let missing = sizeBytes;
    while (missing > 0) {
      const part = this.#current.subarray(this.#offset, this.#offset + missing);
      if (part.length > 0) use(part);
      this.#offset += part.length;
      missing -= part.length;
      if (missing > 0 && !(await this.#next())) throw endedEarly();
    }
  }

  async #next(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#current = next.value;
    this.#offset = 0;
    return true;
  }
}

function endedEarly(): GitError {
  return new GitError("damaged", "git ended in the middle of an object");
}
