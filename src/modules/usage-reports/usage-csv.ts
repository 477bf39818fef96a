import type { UsageReportRow } from "./walk-usage.ts";

/** In this order in every export; a column that does not belong to the grouping is empty. New ones come at the end. */
const COLUMNS = [
  ...["day", "shop", "token_id", "customer_id", "package", "version"],
  ...["requests", "downloads", "installs"],
] as const;

export const CSV_HEADER = `${COLUMNS.join(",")}\r\n`;

/** A line of CSV as RFC 4180 has it. */
export function csvLine(row: UsageReportRow): string {
  const day = row.day === undefined ? "" : new Date(row.day * 1000).toISOString().slice(0, 10);
  const texts = [day, row.shop, row.token_id, row.customer_id, row.package, row.version_normalized];
  const counts = [row.requests, row.downloads, row.installs];
  return `${[...texts.map(textCell), ...counts.map((count) => String(count ?? ""))].join(",")}\r\n`;
}

/**
 * A text that a spreadsheet would take for a formula begins with an apostrophe, which tells it that it is none: ids
 * are chosen by others.
 */
function textCell(text: string | null | undefined): string {
  const safe = /^[=+\-@\t\r\n]/.test(text ?? "") ? `'${text ?? ""}` : (text ?? "");
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
