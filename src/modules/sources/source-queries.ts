import { sql } from "kysely";
import type { Selectable, Updateable } from "kysely";
import { countOpenEntriesPerSubject } from "../attention/index.ts";
import { SKIPPED_VERSION } from "./ownership.ts";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, SourceRefTable, SourceTable, SyncRunTable } from "../../schema.ts";

export type SourceRow = Selectable<SourceTable>;

/** What there is of a source, for lists. */
export interface SourceCounts {
  packages: number;
  versions: number;
  skipped: number;
  /** Releases that nobody gets, as long as nobody dismissed that. */
  skippedReleases: number;
}

export async function insertSource(db: Db, row: SourceRow): Promise<void> {
  await db.insertInto("sources").values(row).execute();
}

/** Removed sources stay in the table, because published versions go on naming them. */
export async function findSourceRow(db: Db, id: string): Promise<SourceRow | undefined> {
  return await db
    .selectFrom("sources")
    .selectAll()
    .where("id", "=", id)
    .where("removed_at", "is", null)
    .executeTakeFirst();
}

/** Holds the row until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockSource(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("sources").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

export async function listSourceRowsByUrl(db: Db, url: string): Promise<SourceRow[]> {
  return await db
    .selectFrom("sources")
    .selectAll()
    .where("url", "=", url)
    .where("removed_at", "is", null)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

export async function listSourceRows(db: Db): Promise<SourceRow[]> {
  return await db
    .selectFrom("sources")
    .selectAll()
    .where("removed_at", "is", null)
    .orderBy("created_at")
    .orderBy("id")
    .execute();
}

export async function countPerSource(db: Db, sourceId?: string): Promise<Map<string, SourceCounts>> {
  const counts = new Map<string, SourceCounts>();
  const of = (source: string): SourceCounts => {
    const known = counts.get(source) ?? { packages: 0, versions: 0, skipped: 0, skippedReleases: 0 };
    counts.set(source, known);
    return known;
  };
  const versions = await db
    .selectFrom("versions")
    .select((e) => [
      "source",
      e.fn.countAll<number>().as("versions"),
      e.fn.count<number>("package").distinct().as("packages"),
    ])
    .where("withdrawn_at", "is", null)
    .$if(sourceId !== undefined, (query) => query.where("source", "=", sourceId ?? ""))
    .groupBy("source")
    .execute();
  for (const row of versions) Object.assign(of(row.source), { packages: row.packages, versions: row.versions });
  const skipped = await db
    .selectFrom("source_refs")
    .select((e) => ["source", e.fn.countAll<number>().as("skipped")])
    .where("skipped_reason", "is not", null)
    .$if(sourceId !== undefined, (query) => query.where("source", "=", sourceId ?? ""))
    .groupBy("source")
    .execute();
  for (const row of skipped) of(row.source).skipped = row.skipped;
  const releases = await countOpenEntriesPerSubject(db, { kind: SKIPPED_VERSION, subject: "source" }, sourceId);
  for (const [source, count] of releases) of(source).skippedReleases = count;
  return counts;
}

export async function updateSourceRow(db: Db, id: string, change: Updateable<SourceTable>): Promise<void> {
  await db.updateTable("sources").set(change).where("id", "=", id).execute();
}

export type SkippedRefRow = Pick<Selectable<SourceRefTable>, "ref" | "skipped_reason" | "label">;

export async function listSkippedRefRows(db: Db, source: string): Promise<SkippedRefRow[]> {
  return await db
    .selectFrom("source_refs")
    .select(["ref", "skipped_reason", "label"])
    .where("source", "=", source)
    .where("skipped_reason", "is not", null)
    .orderBy("ref")
    .execute();
}

export type LastRun = Omit<Selectable<SyncRunTable>, "source" | "phase">;

export async function findLastRun(db: Db, source: string): Promise<LastRun | undefined> {
  return await db
    .selectFrom("sync_runs")
    .select(["id", "started_at", "finished_at", "outcome", "detail"])
    .select(["refs_total", "refs_read", "refs_skipped", "versions_published", "versions_withdrawn"])
    .where("source", "=", source)
    .orderBy("started_at", "desc")
    // Of two within a second the one that runs.
    .orderBy(sql`case when finished_at is null then 0 else 1 end`)
    .limit(1)
    .executeTakeFirst();
}
