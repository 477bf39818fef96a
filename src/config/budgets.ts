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
  VERSION_METADATA_MAX_KB: wholeNumber("kilobytes", { min: 1, max: 100_000 }, 256).describe(
    "What the composer.json of a version may have: a larger one is skipped at the sync, with the reason. In kB of 1,024 bytes.",
  ),
  VERSION_LINKS_MAX: wholeNumber("links", { min: 1, max: 100_000 }, 5_000).describe(
    "How many packages a version may name in `require`, `require-dev`, `conflict`, `replace` and `provide` together: one with more is skipped at the sync.",
  ),
  CONSTRAINT_PARTS_MAX: wholeNumber("parts", { min: 1, max: 1_000 }, 200).describe(
    "How many single constraints one version constraint may be made of (`>=1,<2` has two): a version with a longer one is skipped at the sync, a grant or order line with one is refused.",
  ),
  PACKAGE_METADATA_MAX_MB: wholeNumber("megabytes", { min: 1, max: 1_000 }, 16).describe(
    "What the metadata of all versions of a source may have together, which is one package as a rule: past it the newest versions are published, the older ones skipped. In MB of 1,048,576 bytes.",
  ),
  PACKAGE_VERSIONS_MAX: wholeNumber("versions", { min: 1, max: 1_000_000 }, 20_000).describe(
    "How many versions are published of one source: past it the newest ones.",
  ),
  CUSTOMER_GRANTS_MAX: wholeNumber("grants", { min: 1, max: 100_000 }, 2_000).describe(
    "How many packages and patterns all lines of one customer may grant that are not cancelled; with cancelled and replaced ones ten times as many. What would be more is refused with 409.",
  ),
  CUSTOMER_CONSTRAINT_PARTS_MAX: wholeNumber("parts", { min: 1, max: 100_000 }, 2_000).describe(
    "How many single constraints the version constraints of all these grants may be made of together. What would be more is refused with 409.",
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
  /** Of what is read from repositories. */
  reading: {
    /** Of one version's composer.json. */
    versionMetadataBytesMax: number;
    /** Of one version, of all kinds together. */
    linksMax: number;
    /** Single constraints in one constraint. */
    constraintPartsMax: number;
    /** Of all versions of a source. */
    packageMetadataBytesMax: number;
    /** Of a source. */
    packageVersionsMax: number;
  };
  /** Of what one customer is sold. */
  customer: {
    /** Not cancelled. */
    grantsMax: number;
    /** Single constraints in one constraint. */
    constraintPartsMax: number;
    /** Single constraints in those of all grants. */
    customerPartsMax: number;
  };
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
    reading: {
      versionMetadataBytesMax: values.VERSION_METADATA_MAX_KB * 1024,
      linksMax: values.VERSION_LINKS_MAX,
      constraintPartsMax: values.CONSTRAINT_PARTS_MAX,
      packageMetadataBytesMax: values.PACKAGE_METADATA_MAX_MB * MB,
      packageVersionsMax: values.PACKAGE_VERSIONS_MAX,
    },
    customer: {
      grantsMax: values.CUSTOMER_GRANTS_MAX,
      constraintPartsMax: values.CONSTRAINT_PARTS_MAX,
      customerPartsMax: values.CUSTOMER_CONSTRAINT_PARTS_MAX,
    },
  };
}
