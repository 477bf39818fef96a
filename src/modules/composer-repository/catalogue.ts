import { vendorOf } from "../../composer/index.ts";
import { EVERYTHING } from "../../platform/database/index.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { Database } from "../../schema.ts";
import { SETTINGS_CHANGED, readSettings } from "../settings/index.ts";
import type { HelpAddresses } from "../settings/index.ts";
import { listHostedPackages, listShopHelp } from "./composer-repository-queries.ts";
import type { HostedRow } from "./composer-repository-queries.ts";

/** Told when what is hosted changed; see {@link Catalogue}. */
export const PACKAGES_CHANGED = "packages";

/** Every hosted package and its revision, and where buyers get help, at one moment. */
export interface CatalogueState {
  /** Another number, another list of names: what was derived from the names is kept by it. */
  namesNumber: number;
  packages: ReadonlyMap<string, HostedRow>;
  namesByVendor: ReadonlyMap<string, readonly string[]>;
  /** Where the server's settings send buyers. */
  help: HelpAddresses;
  /** Where buyers of a shop are sent instead, of shops that say so. */
  shopHelp: ReadonlyMap<string, HelpAddresses>;
}

/** The hosted packages in memory, so that a warm request asks no database. */
export interface Catalogue {
  /** The state as of now; undefined while a change is being read. */
  current(): CatalogueState | undefined;
  /** Waits for a change that is being read. */
  ready(): Promise<CatalogueState>;
}

export function createCatalogue(deps: { database: Pick<Database, "db" | "changes">; logger: Logger }): Catalogue {
  let state: CatalogueState | undefined;
  let loading: Promise<CatalogueState> | undefined;
  /** Counts changes. What was read at an older count is not shown, not even while the newer is being read. */
  let changes = 0;
  let stateReadAt = -1;

  const load = async (): Promise<CatalogueState> => {
    for (;;) {
      const readAt = changes;
      const rows = await listHostedPackages(deps.database.db);
      const settings = await readSettings(deps.database.db);
      const shopHelp = await listShopHelp(deps.database.db);
      // A change that was committed while we read: read again.
      if (readAt !== changes) continue;
      state = { ...withNames(rows, state), help: settings, shopHelp };
      stateReadAt = readAt;
      return state;
    }
  };
  const current = () => (stateReadAt === changes ? state : undefined);
  const ready = async () => {
    const known = current();
    if (known !== undefined) return known;
    loading ??= load().finally(() => (loading = undefined));
    return await loading;
  };
  deps.database.changes.subscribe((topic) => {
    if (topic !== PACKAGES_CHANGED && topic !== SETTINGS_CHANGED && topic !== EVERYTHING) return;
    changes++;
    ready().catch((error: unknown) => deps.logger.error({ err: error }, "the list of packages could not be read"));
  });
  return { current, ready };
}

function withNames(
  rows: HostedRow[],
  before: CatalogueState | undefined,
): Pick<CatalogueState, "namesNumber" | "packages" | "namesByVendor"> {
  const packages = new Map(rows.map((row) => [row.name, row]));
  const hasSameNames = before?.packages.size === packages.size && rows.every((row) => before.packages.has(row.name));
  const namesNumber = hasSameNames ? before.namesNumber : (before?.namesNumber ?? 0) + 1;
  const namesByVendor = Map.groupBy(packages.keys(), vendorOf);
  return { namesNumber, packages, namesByVendor };
}
