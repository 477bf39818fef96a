import { vendorOf } from "../../composer/index.ts";
import { EVERYTHING } from "../../platform/database/index.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { Database } from "../../schema.ts";
import { listHostedPackages } from "./composer-repository-queries.ts";
import type { HostedRow } from "./composer-repository-queries.ts";

/** Told when what is hosted changed; see {@link Catalogue}. */
export const PACKAGES_CHANGED = "packages";

/** Every hosted package and its revision, at one moment. */
export interface CatalogueState {
  /** Grows with every reload, so that what was derived from an older state is not used. */
  number: number;
  packages: ReadonlyMap<string, HostedRow>;
  namesByVendor: ReadonlyMap<string, readonly string[]>;
}

/** The hosted packages in memory, so that a warm request asks no database. */
export interface Catalogue {
  /** The state as of now; undefined while a change is being read. */
  current(): CatalogueState | undefined;
  /** Waits for a change that is being read. */
  ready(): Promise<CatalogueState>;
}

export function createCatalogue(deps: { database: Database; logger: Logger }): Catalogue {
  let state: CatalogueState | undefined;
  let isStale = true;
  let number = 0;
  let loading: Promise<CatalogueState> | undefined;

  const load = async (): Promise<CatalogueState> => {
    let rows: HostedRow[];
    do {
      isStale = false;
      try {
        rows = await listHostedPackages(deps.database.db);
      } catch (error) {
        isStale = true;
        throw error;
      }
      // A change that was committed while we read: read again. (It is set by the listener below.)
    } while (isStaleNow());
    state = buildState(rows, ++number);
    return state;
  };
  const isStaleNow = () => isStale;
  const ready = async () => {
    if (state !== undefined && !isStale) return state;
    loading ??= load().finally(() => (loading = undefined));
    return await loading;
  };
  deps.database.changes.subscribe((topic) => {
    if (topic !== PACKAGES_CHANGED && topic !== EVERYTHING) return;
    isStale = true;
    ready().catch((error: unknown) => deps.logger.error({ err: error }, "the list of packages could not be read"));
  });
  return { current: () => (isStale ? undefined : state), ready };
}

function buildState(rows: HostedRow[], number: number): CatalogueState {
  const packages = new Map(rows.map((row) => [row.name, row]));
  return { number, packages, namesByVendor: Map.groupBy(packages.keys(), vendorOf) };
}
