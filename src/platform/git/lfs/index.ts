export { fetchLfsObjects } from "./fetch-objects.ts";
export type { FetchLfsOptions } from "./fetch-objects.ts";
export { LfsHostError, lfsHostOf } from "./host.ts";
export type { LfsHost } from "./host.ts";
export { POINTER_SIZE_BYTES_MAX, POINTER_SIZE_BYTES_MIN, parsePointer } from "./pointer.ts";
export type { LfsObject, LfsPointer } from "./pointer.ts";
export { openLfsStore } from "./store.ts";
export type { LfsStore } from "./store.ts";
