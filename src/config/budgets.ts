import type { z } from "zod";
import { wholeNumber } from "./fields.ts";

/** What one repository, version, archive or customer may take of the machine. */
export const budgetVariables = {
  ARCHIVE_MAX_MB: wholeNumber("megabytes", { min: 1, max: 1_000_000 }, 1024).describe(
    "What a version may have, unpacked, with its Git LFS objects and submodules: a larger one is skipped at the sync. In MB of 1,048,576 bytes.",
  ),
  ARCHIVE_MAX_FILES: wholeNumber("files", { min: 1, max: 1_000_000 }, 100_000).describe(
    "How many files a version may have: one with more is skipped at the sync.",
  ),
  ARCHIVE_MAX_SECONDS: wholeNumber("seconds", { min: 5, max: 3_600 }, 120).describe(
    "For how long one archive is made before git and the writer are ended; it is tried again later.",
  ),
  SOURCE_MAX_MB: wholeNumber("megabytes", { min: 1, max: 10_000_000 }, 16_384).describe(
    "What the mirror of a source may take on the disk, packed, and its Git LFS objects as much again: a fetch that would bring more is ended. In MB of 1,048,576 bytes.",
  ),
  SOURCE_MAX_REFS: wholeNumber("branches and tags", { min: 1, max: 1_000_000 }, 50_000).describe(
    "How many branches and tags a source may have: one with more is not synced.",
  ),
  SYNC_MAX_MINUTES: wholeNumber("minutes", { min: 1, max: 1_440 }, 90).describe(
    "For how long one sync may run, all together. What it fetched until then stays, and the next sync goes on from there.",
  ),
  GIT_MEMORY_MAX_MB: wholeNumber("megabytes", { min: 64, max: 1_000_000 }, 512).describe(
    "What a git command may take of memory, helpers included: one that needs more is ended. In MB of 1,048,576 bytes.",
  ),
};

type BudgetValues = { [Name in keyof typeof budgetVariables]: z.output<(typeof budgetVariables)[Name]> };

export interface Budgets {
  /** Of one version, unpacked. */
  archiveSizeBytesMax: number;
  archiveFilesMax: number;
  /** For which one archive is made. */
  archiveMsMax: number;
  /** Of the packs of a mirror; of Git LFS objects as much again. */
  sourceBytesMax: number;
  /** Branches and tags of a source. */
  refsMax: number;
  syncMsMax: number;
  gitMemoryBytesMax: number;
}

const MB = 1024 * 1024;

export function budgetsOf(values: BudgetValues): Budgets {
  return {
    archiveSizeBytesMax: values.ARCHIVE_MAX_MB * MB,
    archiveFilesMax: values.ARCHIVE_MAX_FILES,
    archiveMsMax: values.ARCHIVE_MAX_SECONDS * 1000,
    sourceBytesMax: values.SOURCE_MAX_MB * MB,
    refsMax: values.SOURCE_MAX_REFS,
    syncMsMax: values.SYNC_MAX_MINUTES * 60_000,
    gitMemoryBytesMax: values.GIT_MEMORY_MAX_MB * MB,
  };
}
