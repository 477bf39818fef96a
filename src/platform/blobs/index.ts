export type { BlobStore, OpenBlob } from "./blob-store.ts";
export { createFileBlobStore } from "./file-blob-store.ts";
