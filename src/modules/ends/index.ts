export { createEndWatcher } from "./end-watcher.ts";
export type { EndWatcher } from "./end-watcher.ts";
