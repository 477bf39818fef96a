import type { AlarmClock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Git, MirrorTimeouts } from "../../platform/git/index.ts";
import type { TaskPool } from "../../platform/threads/index.ts";
import type { Database } from "../../schema.ts";
import type { Archives } from "../packages/index.ts";
import type { Hint } from "../source-hints/index.ts";
import type { SourcePolicy } from "../sources/index.ts";
import type { ReadingBudgets } from "./reading-budgets.ts";

/** As much of the logger as sync uses. */
interface SyncLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** What one source may take of the machine; whatever is not told is as where it is used. */
export interface SourceBudgets {
  /** Of one version, unpacked. */
  readonly archiveSizeBytesMax?: number;
  readonly archiveFilesMax?: number;
  /** Of a mirror's packs, and of Git LFS objects as much again. */
  readonly sourceBytesMax?: number;
  /** Branches and tags. */
  readonly refsMax?: number;
  /** For which one sync may run. */
  readonly syncMsMax?: number;
}

export interface SyncDeps {
  readonly database: Database;
  readonly git: Git;
  readonly cipher: Cipher;
  readonly clock: AlarmClock;
  readonly archives: Pick<Archives, "buildArchive" | "discardArchive">;
  readonly dataDir: string;
  /** Where many refs are read. */
  readonly workers: TaskPool;
  readonly sourcePolicy: SourcePolicy;
  readonly log: SyncLog;
  /** Seconds between two syncs of a source; 15 minutes by default. */
  readonly syncIntervalSeconds?: number;
  readonly gitTimeouts?: MirrorTimeouts;
  /** What may be read of a repository, and published. */
  readonly budgets: ReadingBudgets;
  readonly sourceBudgets?: SourceBudgets;
  /** How often a sync that runs writes down how far it is; every second unless told. */
  readonly progressEveryMs?: number;
}

/** What a sync is doing, for people who wait. */
export interface SyncProgress {
  readonly phase: "connecting" | "fetching" | "reading" | "publishing";
  readonly done?: number;
  readonly total?: number;
}

/** A package whose repository calls it something else now: its buyers get nothing under either name. */
export interface Rename {
  readonly from: string;
  readonly to: string;
  /** Active tokens that open the old name now. */
  readonly tokens: number;
}

/** A branch or tag that was not imported, and why. */
interface SkippedRefReport {
  readonly ref: string;
  readonly reason: string;
  readonly label: string | null;
}

export interface SyncReport {
  readonly sourceId: string;
  readonly outcome: "succeeded" | "failed";
  /** In words; null when all is well. */
  readonly detail: string | null;
  readonly refsTotal: number;
  /** Branches and tags whose composer.json was read, because they moved. */
  readonly refsRead: number;
  readonly versionsPublished: number;
  readonly versionsWithdrawn: number;
  /** That the source's vendor does not offer. */
  readonly branchesLeftOut: number;
  readonly skipped: readonly SkippedRefReport[];
  readonly renames: readonly Rename[];
  /** Directories that are empty in the archives, because the source leaves its submodules out. */
  readonly submodulesLeftOut: readonly string[];
  /** Tags that appeared since the last sync and look like releases: nobody gets them. */
  readonly skippedReleases: readonly {
    readonly ref: string;
    readonly reason: string;
    readonly remedy: string | undefined;
  }[];
  /** What is remarked on the source from now on. */
  readonly hints: readonly Hint[];
}

const SYNC_INTERVAL_SECONDS = 15 * 60;

/** Spread by a tenth each way, so that fifty sources added by one script do not knock at one host together for ever. */
export function nextSyncAt(deps: Pick<SyncDeps, "syncIntervalSeconds">, now: number): number {
  const interval = deps.syncIntervalSeconds ?? SYNC_INTERVAL_SECONDS;
  return now + Math.round(interval * (0.9 + 0.2 * Math.random()));
}
