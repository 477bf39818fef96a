import { AppError } from "../../platform/errors.ts";
import { patternsOutsideBound } from "../grants/index.ts";
import type { Caller } from "../callers/index.ts";
import { filtersOf } from "./source-presenter.ts";
import type { SourceRow } from "./source-queries.ts";

/** Who manages sources. They belong to no shop; a package bound counts. */
export type SourceCaller = Pick<Caller, "actor" | "packageBound">;

/** A caller with a bound sees a source that can bring packages of its bound only; one without filters brings any. */
export function isWithinBound(caller: Pick<SourceCaller, "packageBound">, row: Pick<SourceRow, "filters">): boolean {
  return caller.packageBound === null || areWithin(filtersOf(row), caller.packageBound);
}

function areWithin(filters: readonly string[], bound: readonly string[]): boolean {
  return filters.length > 0 && patternsOutsideBound(filters, bound).length === 0;
}

/** What filters mean that were left out: everything the caller may bring in. */
export function defaultFilters(caller: SourceCaller): string[] {
  return [...(caller.packageBound ?? [])];
}

/** Nobody brings in packages outside their own bound. */
export function refuseForeignFilters(caller: SourceCaller, filters: readonly string[]): void {
  const { packageBound } = caller;
  if (packageBound === null || areWithin(filters, packageBound)) return;
  const outside = filters.length === 0 ? "everything" : patternsOutsideBound(filters, packageBound).join(", ");
  const detail = `reaches past this management token, which may manage ${packageBound.join(", ")}: ${outside}`;
  throw new AppError("auth.outside_bound", `/filters ${detail}`, { errors: [{ pointer: "/filters", detail }] });
}
