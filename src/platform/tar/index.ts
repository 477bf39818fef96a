export { TarError, readTar } from "./tar-reader.ts";
export type { TarEntry } from "./tar-reader.ts";
export { createTarWriter, paddingOf } from "./tar-writer.ts";
export type { TarFile, TarWriter } from "./tar-writer.ts";
