import { sql } from "kysely";
import type { Insertable, Selectable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import { PageSize } from "../../platform/turns.ts";
import type { Db, PackageTable, VersionTable } from "../../schema.ts";

export type PackageRow = Selectable<PackageTable>;
export type VersionRow = Selectable<VersionTable>;

/** What a sync must know of a version that is published already; the metadata of a thousand stays where it is. */
export type PublishedVersion = Pick<
  VersionRow,
  | "id"
  | "package"
  | "version"
  | "version_normalized"
  | "stability"
  | "is_dev"
  | "reference"
  | "source_ref"
  | "released_at"
>;

/** Rows of one statement: far below SQLite's 32,766 and PostgreSQL's 65,535 parameters with any of our tables. */
const CHUNK_ROWS = 500;

function chunksOf<T>(items: readonly T[]): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < items.length; start += CHUNK_ROWS) chunks.push(items.slice(start, start + CHUNK_ROWS));
  return chunks;
}

/** For rows that may be large, as those of versions are: as many in a statement as it deals with in little time. */
async function inPages<T>(items: readonly T[], work: (page: readonly T[]) => Promise<void>): Promise<void> {
  const size = new PageSize(CHUNK_ROWS);
  for (let start = 0; start < items.length;) {
    const page = items.slice(start, start + size.rows);
    start += page.length;
    await size.measure(() => work(page));
  }
}

export async function findPackagesByName(db: Db, names: readonly string[]): Promise<PackageRow[]> {
  const found: PackageRow[] = [];
  for (const chunk of chunksOf(names)) {
    found.push(...(await db.selectFrom("packages").selectAll().where("name", "in", chunk).execute()));
  }
  return found;
}

/** Holds the rows of names until the transaction ends: two sources that want one free name take turns. */
export async function holdPackageNames(db: Db, engine: Engine, names: readonly string[]): Promise<void> {
  if (engine === "sqlite") return;
  for (const chunk of chunksOf([...names].sort())) {
    const query = db.selectFrom("packages").select("id").where("name", "in", chunk).orderBy("name");
    await query.forNoKeyUpdate().execute();
  }
}

/** Which of these packages p2 shows a version of. */
export async function findOfferedPackages(db: Db, ids: readonly string[]): Promise<Set<string>> {
  const offered = new Set<string>();
  for (const chunk of chunksOf(ids)) {
    const query = db.selectFrom("versions").select("package").distinct().where("package", "in", chunk);
    for (const row of await query.where("withdrawn_at", "is", null).execute()) offered.add(row.package);
  }
  return offered;
}

/** By id. Packages are never deleted, so all of them are found. */
export async function findPackageNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const chunk of chunksOf(ids)) {
    const rows = await db.selectFrom("packages").select(["id", "name"]).where("id", "in", chunk).execute();
    for (const { id, name } of rows) names.set(id, name);
  }
  return names;
}

/** Another source may take the name in the same moment: the first wins, and the caller reads who it was. */
export async function insertPackagesIfNew(db: Db, rows: readonly Insertable<PackageTable>[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await db
      .insertInto("packages")
      .values(chunk)
      .onConflict((conflict) => conflict.column("name").doNothing())
      .execute();
  }
}

/** What p2 shows of the package is another thing now. */
export async function updatePackage(
  db: Db,
  id: string,
  facts: Pick<PackageRow, "source" | "description" | "type" | "abandoned" | "search_words" | "updated_at">,
): Promise<void> {
  await db
    .updateTable("packages")
    .set({ ...facts, revision: sql<number>`revision + 1` })
    .where("id", "=", id)
    .execute();
}

/** What a search looks in, of every version that p2 shows; each text once. */
export async function listSearchWords(db: Db, packageId: string): Promise<string[]> {
  const rows = await db
    .selectFrom("versions")
    .select("search_words")
    .distinct()
    .where("package", "=", packageId)
    .where("withdrawn_at", "is", null)
    .where("search_words", "is not", null)
    .$narrowType<{ search_words: string }>()
    .orderBy("search_words")
    .execute();
  return rows.map((row) => row.search_words);
}

export async function listPublishedVersionsOfSource(db: Db, source: string): Promise<PublishedVersion[]> {
  return await db
    .selectFrom("versions")
    .select([
      "id",
      "package",
      "version",
      "version_normalized",
      "stability",
      "is_dev",
      "reference",
      "source_ref",
      "released_at",
    ])
    .where("source", "=", source)
    .where("withdrawn_at", "is", null)
    .execute();
}

/** The bytes of what p2 shows of each version of a source; by id. */
export async function listMetadataSizes(db: Db, source: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("versions")
    .select(["id", sql<number>`octet_length(metadata)`.as("bytes")])
    .where("source", "=", source)
    .where("withdrawn_at", "is", null)
    .execute();
  return new Map(rows.map(({ id, bytes }) => [id, bytes]));
}

/** Every commit that was ever published from a source: all of them must stay buildable. */
export async function listReferencesOfSource(db: Db, source: string): Promise<string[]> {
  const rows = await db.selectFrom("versions").select("reference").distinct().where("source", "=", source).execute();
  return rows.map((row) => row.reference);
}

/** Published or withdrawn versions of these commits: what comes back is the same version again, not a new one. */
export async function findVersionsByReference(
  db: Db,
  packages: readonly string[],
  references: readonly string[],
): Promise<VersionRow[]> {
  const found: VersionRow[] = [];
  for (const names of chunksOf(packages)) {
    await inPages(references, async (page) => {
      const query = db.selectFrom("versions").selectAll().where("package", "in", names);
      found.push(...(await query.where("reference", "in", page).execute()));
    });
  }
  return found;
}

/** The dates that version numbers were first released on, whatever commit they meant then, as `package version_normalized`. */
export async function findReleaseDates(
  db: Db,
  packages: readonly string[],
  versions: readonly string[],
): Promise<Map<string, number>> {
  const dates = new Map<string, number>();
  for (const names of chunksOf(packages)) {
    for (const chunk of chunksOf(versions)) {
      const rows = await db
        .selectFrom("versions")
        .select((e) => ["package", "version_normalized", e.fn.min("released_at").as("released_at")])
        .where("package", "in", names)
        .where("version_normalized", "in", chunk)
        .groupBy(["package", "version_normalized"])
        .execute();
      for (const row of rows) dates.set(`${row.package} ${row.version_normalized}`, row.released_at);
    }
  }
  return dates;
}

export async function insertVersions(db: Db, rows: readonly Insertable<VersionTable>[]): Promise<void> {
  await inPages(rows, async (page) => {
    await db.insertInto("versions").values(page).execute();
  });
}

/** A version that comes back, or whose reading changed: its date and checksum stay. */
export async function republishVersion(
  db: Db,
  id: string,
  changes: Pick<VersionRow, "version" | "metadata" | "search_words" | "time" | "source" | "source_ref">,
): Promise<void> {
  await db
    .updateTable("versions")
    .set({ ...changes, withdrawn_at: null })
    .where("id", "=", id)
    .execute();
}

/** Takes versions out of p2. Their rows and archives stay: whoever has them in a composer.lock still gets them. */
export async function withdrawVersions(db: Db, ids: readonly string[], now: number): Promise<void> {
  await inPages(ids, async (page) => {
    await db.updateTable("versions").set({ withdrawn_at: now }).where("id", "in", page).execute();
  });
}

export async function findVersionMetadata(db: Db, id: string): Promise<string | undefined> {
  return (await db.selectFrom("versions").select("metadata").where("id", "=", id).executeTakeFirst())?.metadata;
}

/** Takes everything of a source out of p2; returns how many versions that were. */
export async function withdrawVersionsOfSource(db: Db, source: string, now: number): Promise<number> {
  const packages = db
    .selectFrom("versions")
    .select("package")
    .where("source", "=", source)
    .where("withdrawn_at", "is", null);
  await db
    .updateTable("packages")
    .set({ revision: sql<number>`revision + 1`, updated_at: now })
    .where("id", "in", packages)
    .execute();
  const result = await db
    .updateTable("versions")
    .set({ withdrawn_at: now })
    .where("source", "=", source)
    .where("withdrawn_at", "is", null)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}
