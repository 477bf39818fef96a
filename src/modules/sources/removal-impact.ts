import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import type { Database } from "../../schema.ts";
import { countHolders, listUsedPatterns, patternsOpening } from "../grants/index.ts";
import type { Usage } from "../usage/index.ts";
import { getVisibleSource } from "./list-sources.ts";
import { listOfferedPackages, listRivals, sumDownloadsSince } from "./removal-queries.ts";
import type { SourceCaller } from "./source-bound.ts";

const DAY = 86_400;
const DAYS = 30;

export interface RemovalImpact {
  readonly packages: {
    readonly name: string;
    readonly versions: number;
    /** A source that has a package of this name as well, and publishes it at its next sync once the name is free. */
    readonly replaced_by_source: string | null;
  }[];
  readonly versions: number;
  /** Active ones, of every shop, that may read one of the packages now. */
  readonly tokens: number;
  readonly customers: number;
  readonly downloads_30_days: number;
}

/** What vanishes with a source, and for how many, before somebody removes it. */
export async function readRemovalImpact(
  deps: { readonly database: Pick<Database, "db">; readonly clock: Clock; readonly usage: Pick<Usage, "flush"> },
  caller: SourceCaller,
  id: string,
): Promise<RemovalImpact> {
  const { db } = deps.database;
  await getVisibleSource(db, caller, id);
  await unlessStorageFails(() => deps.usage.flush());
  const now = nowSeconds(deps.clock);
  const offered = await listOfferedPackages(db, id);
  const rivals = await listRivals(db, id);
  const names = offered.map(({ name }) => name);
  const patterns = await patternsOpening(db, names);
  const rivalOf = (name: string) => rivals.find(({ label }) => label?.startsWith(`${name} `) === true)?.source ?? null;
  const today = now - (now % DAY);
  return {
    packages: offered.map(({ name, versions }) => ({ name, versions, replaced_by_source: rivalOf(name) })),
    versions: offered.reduce((sum, { versions }) => sum + versions, 0),
    ...(await countHolders(db, await listUsedPatterns(db, patterns), now)),
    downloads_30_days: await sumDownloadsSince(
      db,
      offered.map((one) => one.id),
      today - (DAYS - 1) * DAY,
    ),
  };
}
