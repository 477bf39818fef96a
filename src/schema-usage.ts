/** The tables of what is counted; the rest is in schema.ts. */

/** Counted in memory and added in batches. */
export interface TokenUsageTable {
  token: string;
  /** Start of the hour; of what is older than 90 days, of the day. */
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

/** Batches of counts that were written: one whose answer was lost on the way is not added a second time. */
export interface UsageFlushTable {
  id: string;
  written_at: number;
}

/** From where a token was used on a day. */
export interface TokenNetworkTable {
  token: string;
  /** Start of the day, UTC. */
  day: number;
  /** Keyed hash of token and network: no address is stored, and two tokens of one network do not show it. */
  network: string;
  /** 1 while everything from there called itself continuous integration. */
  ci_only: number;
}

/** The last suspicion that a token is shared. */
export interface TokenSharingTable {
  token: string;
  suspected_at: number;
  /** The most that were seen since, within so many days. */
  networks: number;
  days: number;
  dismissed_at: number | null;
  /** How many somebody found in order when they dismissed it. */
  accepted_networks: number | null;
}
