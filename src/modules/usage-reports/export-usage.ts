import { nowSeconds } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import type { Caller } from "../callers/index.ts";
import type { UsageReportDeps } from "./report-usage.ts";
import { CSV_HEADER, csvLine } from "./usage-csv.ts";
import { readFilter } from "./usage-filter.ts";
import type { UsageExportQuery } from "./usage-schemas.ts";
import { walkUsage } from "./walk-usage.ts";
import type { Walk, Grouping } from "./walk-usage.ts";

/** The whole report as CSV, piece by piece and no faster than it is read; what is wrong is told before. */
export async function exportUsage(
  deps: UsageReportDeps,
  caller: Caller,
  query: UsageExportQuery,
): Promise<AsyncGenerator<string>> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const filter = await readFilter(db, caller, query, nowSeconds(deps.clock));
  return linesOf({ db, filter }, query.group_by ?? "day");
}

async function* linesOf(walk: Walk, grouping: Grouping): AsyncGenerator<string> {
  yield CSV_HEADER;
  for await (const rows of walkUsage(walk, grouping)) {
    if (rows.length > 0) yield rows.map(({ row }) => csvLine(row)).join("");
  }
}
