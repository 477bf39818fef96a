import type { z } from "zod";
import { wholeNumber } from "./fields.ts";

/** What one repository, version, archive or customer may take of the machine. */
export const budgetVariables = {
  ARCHIVE_MAX_MB: wholeNumber("megabytes", { min: 1, max: 1_000_000 }, 1024).describe(
    "What a version may have, unpacked, with its Git LFS objects and submodules: a larger one is skipped at the sync. In MB of 1,048,576 bytes.",
  ),
};

type BudgetValues = { [Name in keyof typeof budgetVariables]: z.output<(typeof budgetVariables)[Name]> };

export interface Budgets {
  /** Of one version, unpacked. */
  archiveSizeBytesMax: number;
}

export function budgetsOf(values: BudgetValues): Budgets {
  return { archiveSizeBytesMax: values.ARCHIVE_MAX_MB * 1024 * 1024 };
}
