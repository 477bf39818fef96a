import type { Db } from "../../schema.ts";
import { countNetworks } from "./network-queries.ts";
import { DAY_SECONDS } from "./pending-usage.ts";

/** In how many distinct networks a token was used. */
export interface NetworkCounts {
  today: number;
  last_7_days: number;
  last_30_days: number;
}

const SPANS = { today: 1, last_7_days: 7, last_30_days: 30 } as const;

/** All networks a token was used from, and those of them that only continuous integration used it from. */
export async function readTokenNetworks(
  db: Db,
  token: string,
  now: number,
): Promise<{ networks: NetworkCounts; ci_networks: NetworkCounts }> {
  const networks: NetworkCounts = { today: 0, last_7_days: 0, last_30_days: 0 };
  const ciNetworks = { ...networks };
  for (const [span, days] of Object.entries(SPANS) as [keyof NetworkCounts, number][]) {
    const first = now - (now % DAY_SECONDS) - (days - 1) * DAY_SECONDS;
    const counts = await countNetworks(db, token, first);
    networks[span] = counts.all;
    ciNetworks[span] = counts.ciOnly;
  }
  return { networks, ci_networks: ciNetworks };
}
