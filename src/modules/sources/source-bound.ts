import { AppError } from "../../platform/errors.ts";
import { patternsOutsideBound } from "../grants/index.ts";
import type { Caller } from "../callers/index.ts";
import { filtersOf } from "./source-presenter.ts";
import type { SourceRow } from "./source-queries.ts";
import type { SourcePolicy } from "./source-remote.ts";
import type { SourceUrl } from "./source-url.ts";

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

/**
 * What is read over ssh or as a file is read with the server's own rights, whoever names it: with a bound only where
 * the operator has listed the host.
 */
export function refuseServersRights(
  { packageBound }: Pick<SourceCaller, "packageBound">,
  { transport, host }: SourceUrl,
  { boundedHosts = [] }: Pick<SourcePolicy, "boundedHosts">,
): void {
  if (packageBound === null || transport === "http") return;
  if (boundedHosts.includes(transport === "file" ? "file" : host)) return;
  const what =
    transport === "file"
      ? "a file:// URL is read as the user the server runs as"
      : `${host} is read with the server's ssh key`;
  const detail = `is not for this management token, which has a package bound: ${what}. Use https with an access token, or have the operator list it in BOUNDED_SOURCE_HOSTS`;
  throw new AppError("auth.outside_bound", `/url ${detail}`, { errors: [{ pointer: "/url", detail }] });
}

/** Whether a package is one that the caller may manage. */
export function isNameWithinBound({ packageBound }: Pick<SourceCaller, "packageBound">, name: string): boolean {
  return packageBound === null || areWithin([name], packageBound);
}
