export { EVERYTHING } from "./change-feed.ts";
export type { ChangeFeed } from "./change-feed.ts";
export { noteCommit } from "./commit-notes.ts";
export { openDatabase } from "./database.ts";
export type { Database, Engine, RecordChange } from "./database.ts";
export { migrateToLatest } from "./migrate.ts";
export { isGivenUp, isIntegrityFailure, isStorageFailure, unlessStorageFails } from "./storage-failure.ts";
