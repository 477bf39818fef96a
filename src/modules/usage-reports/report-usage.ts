import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { foreignCursor } from "../../platform/http/paging.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import type { Usage } from "../usage/index.ts";
import { readFilter } from "./usage-filter.ts";
import type { UsageQuery } from "./usage-schemas.ts";
import { walkUsage } from "./walk-usage.ts";
import type { KeyedRow, UsageReportRow } from "./walk-usage.ts";

const DEFAULT_LIMIT = 1000;

export interface UsageReportDeps {
  database: Pick<Database, "db">;
  clock: Clock;
  usage: Pick<Usage, "flush">;
}

/** The first page of {@link pageUsage}. */
export async function reportUsage(deps: UsageReportDeps, caller: Caller, query: UsageQuery): Promise<UsageReportRow[]> {
  return (await pageUsage(deps, caller, query)).rows;
}

/**
 * How often what the caller sees was used: by day, and then every day, or what was downloaded most first. No more than
 * a page is kept of what is walked through, however much there is.
 */
export async function pageUsage(
  deps: UsageReportDeps,
  caller: Caller,
  query: UsageQuery,
): Promise<{ rows: UsageReportRow[]; nextCursor: string | undefined }> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const filter = await readFilter(db, caller, query, nowSeconds(deps.clock));
  const grouping = query.group_by ?? "day";
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : readPlace(query.cursor);
  const first = new FirstOf(limit + 1, grouping === "day" ? byKey : mostDownloaded);
  for await (const rows of walkUsage({ db, filter }, grouping)) {
    for (const row of rows) if (after === undefined || first.compare(after, placeOf(row)) < 0) first.add(row);
  }
  const found = first.rows();
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = found.length > limit && last !== undefined ? writePlace(placeOf(last)) : undefined;
  return { rows: page.map(({ row }) => row), nextCursor };
}

/** Where a row stands in its order. */
interface Place {
  downloads: number;
  key: string;
}

function placeOf({ key, row }: KeyedRow): Place {
  return { downloads: row.downloads, key };
}

function byKey(a: Place, b: Place): number {
  return a.key === b.key ? 0 : a.key < b.key ? -1 : 1;
}

function mostDownloaded(a: Place, b: Place): number {
  return b.downloads - a.downloads || byKey(a, b);
}

/** Keeps the first so many of what it is given, in an order, and little more. */
class FirstOf {
  readonly compare: (a: Place, b: Place) => number;
  readonly #count: number;
  #kept: KeyedRow[] = [];

  constructor(count: number, compare: (a: Place, b: Place) => number) {
    this.#count = count;
    this.compare = compare;
  }

  add(row: KeyedRow): void {
    this.#kept.push(row);
    if (this.#kept.length > this.#count * 2 + 1000) this.#kept = this.rows();
  }

  rows(): KeyedRow[] {
    return this.#kept.sort((a, b) => this.compare(placeOf(a), placeOf(b))).slice(0, this.#count);
  }
}

function writePlace({ downloads, key }: Place): string {
  return Buffer.from(`${downloads}:${key}`).toString("base64url");
}

function readPlace(cursor: string): Place {
  const match = /^(\d{1,15}):(.{1,400})$/su.exec(Buffer.from(cursor, "base64url").toString("utf8"));
  if (match?.[1] === undefined || match[2] === undefined) throw foreignCursor();
  return { downloads: Number(match[1]), key: match[2] };
}
