export { changeOrMoveSource } from "./move-source.ts";
export type { SyncDeps, SyncProgress, SyncReport } from "./sync-deps.ts";
export { syncRoutes } from "./sync-routes.ts";
export { createSyncScheduler } from "./sync-scheduler.ts";
export { syncSource } from "./sync-source.ts";
export { waitAndSync } from "./wait-and-sync.ts";
