export { writeZip } from "./zip-writer.ts";
export type { ZipEntry } from "./zip-writer.ts";
