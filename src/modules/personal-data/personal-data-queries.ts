import { sql } from "kysely";
import type { Db } from "../../schema.ts";

const IDS_AT_ONCE = 500;

/** From where tokens were used, and what was concluded from it. */
export async function deleteNetworksOfTokens(db: Db, tokens: readonly string[]): Promise<void> {
  for (let start = 0; start < tokens.length; start += IDS_AT_ONCE) {
    const some = tokens.slice(start, start + IDS_AT_ONCE);
    await db.deleteFrom("token_networks").where("token", "in", some).execute();
    await db.deleteFrom("token_sharing").where("token", "in", some).execute();
  }
}

/** Whose export: of a customer (`customers.id`), or one guest's token. */
export type Whose = { customer: string } | { token: string };

function tokensOf(whose: Whose) {
  return "token" in whose
    ? sql`(${whose.token})`
    : sql`(select tokens.id from tokens where tokens.customer = ${whose.customer})`;
}

export interface UsageDayRow {
  token: string;
  day: number;
  requests: number;
  downloads: number;
}

/** Requests and downloads by token and day, oldest first. */
export async function listUsageDays(db: Db, whose: Whose): Promise<UsageDayRow[]> {
  const { rows } = await sql<UsageDayRow>`
    select token, hour - hour % 86400 as day, sum(requests) as requests, sum(downloads) as downloads
    from token_usage where token in ${tokensOf(whose)}
    group by token, hour - hour % 86400 order by day, token`.execute(db);
  return rows;
}

export interface DownloadRow {
  token: string;
  package: string;
  version_normalized: string;
  day: number;
  downloads: number;
  installs: number;
}

/** Which versions were downloaded when, oldest first. */
export async function listDownloads(db: Db, whose: Whose): Promise<DownloadRow[]> {
  const { rows } = await sql<DownloadRow>`
    select token, packages.name as package, version_normalized, day, downloads, installs
    from version_downloads join packages on packages.id = version_downloads.package
    where token in ${tokensOf(whose)}
    order by day, packages.name, version_normalized, token`.execute(db);
  return rows;
}

export interface NetworkDayRow {
  token: string;
  day: number;
  networks: number;
}

/** From how many networks tokens were used; which they were is not known here. */
export async function listNetworkDays(db: Db, whose: Whose): Promise<NetworkDayRow[]> {
  const { rows } = await sql<NetworkDayRow>`
    select token, day, count(*) as networks from token_networks where token in ${tokensOf(whose)}
    group by token, day order by day, token`.execute(db);
  return rows;
}
