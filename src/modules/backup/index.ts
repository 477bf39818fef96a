export { createBackup } from "./create-backup.ts";
export type { BackupDeps, BackupSummary } from "./create-backup.ts";
export { restoreBackup } from "./restore-backup.ts";
export type { RestoreDeps, RestoreSummary } from "./restore-backup.ts";
