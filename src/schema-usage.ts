/** The tables of what is counted; the rest is in schema.ts. */

/** Counted in memory and added in batches. */
export interface TokenUsageTable {
  token: string;
  /** Start of the hour. */
  hour: number;
  requests: number;
  downloads: number;
}

export interface VersionDownloadTable {
  token: string;
  package: string;
  version_normalized: string;
  /** Start of the day, UTC. */
  day: number;
  downloads: number;
  installs: number;
}

/** The sums of a day over all tokens of a shop, so that an overview need not add up every token's hours. */
export interface UsageDayTable {
  /** Start of the day, UTC. */
  day: number;
  shop: string;
  requests: number;
  downloads: number;
  installs: number;
}

/** The sums of a day over the records of refused credentials. */
export interface RefusalDayTable {
  /** Start of the day, UTC. */
  day: number;
  surface: "composer" | "api" | "dashboard";
  problem: string;
  count: number;
  last_at: number;
}
