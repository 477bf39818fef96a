import type { z } from "zod";
import { wholeNumber } from "./fields.ts";

/** What one repository, version, archive or customer may take of the machine. */
export const budgetVariables = {
  ARCHIVE_MAX_MB: wholeNumber("megabytes", { min: 1, max: 1_000_000 }, 1024).describe(
    "What a version may have, unpacked, with its Git LFS objects and submodules: a larger one is skipped at the sync. In MB of 1,048,576 bytes.",
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

export function budgetsOf(values: BudgetValues): Budgets {
  return {
    archiveSizeBytesMax: values.ARCHIVE_MAX_MB * 1024 * 1024,
    reading: {
      versionMetadataBytesMax: values.VERSION_METADATA_MAX_KB * 1024,
      linksMax: values.VERSION_LINKS_MAX,
      constraintPartsMax: values.CONSTRAINT_PARTS_MAX,
      packageMetadataBytesMax: values.PACKAGE_METADATA_MAX_MB * 1024 * 1024,
      packageVersionsMax: values.PACKAGE_VERSIONS_MAX,
    },
    customer: {
      grantsMax: values.CUSTOMER_GRANTS_MAX,
      constraintPartsMax: values.CONSTRAINT_PARTS_MAX,
      customerPartsMax: values.CUSTOMER_CONSTRAINT_PARTS_MAX,
    },
  };
}
