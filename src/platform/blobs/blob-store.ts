import type { Readable } from "node:stream";

/** What is stored: a stream to read, and how much will come. */
export interface OpenBlob {
  readonly stream: Readable;
  readonly sizeBytes: number;
}

/** Where archives are kept. A blob is written once, whole or not at all, and never changed. */
export interface BlobStore {
  put(key: string, content: Readable | Uint8Array): Promise<void>;
  open(key: string): Promise<OpenBlob | undefined>;
  has(key: string): Promise<boolean>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
}

const KEY = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/** Keys become paths and object names: no dots at the start of a part, so nothing climbs out or hides. */
export function assertBlobKey(key: string): void {
  if (key.length > 512 || !KEY.test(key)) throw new Error(`not a blob key: ${JSON.stringify(key.slice(0, 100))}`);
}
