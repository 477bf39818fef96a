import { sql } from "kysely";
import type { Selectable, SelectQueryBuilder } from "kysely";
import { compareForListing } from "../../composer/index.ts";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, PackageTable, Schema, VersionTable } from "../../schema.ts";
import type { PackageRow } from "./package-queries.ts";

export interface PackageFilter {
  /** Patterns of the caller's bound; null means everything. */
  bound: readonly string[] | null;
  /** Lower-cased. */
  words?: string | undefined;
  vendor?: string | undefined;
  /** Only names after this one. */
  after?: string | undefined;
  limit: number;
}

export type BrowsedPackage = Pick<
  Selectable<PackageTable>,
  | "id"
  | "name"
  | "description"
  | "type"
  | "abandoned"
  | "abandoned_by_vendor"
  | "successor"
  | "help"
  | "source"
  | "updated_at"
>;

const COLUMNS = [
  ...(["id", "name", "description", "type", "abandoned", "abandoned_by_vendor"] as const),
  ...(["successor", "help", "source", "updated_at"] as const),
] as const;

/** By name. */
export async function listPackageRows(db: Db, filter: PackageFilter): Promise<BrowsedPackage[]> {
  const { words, vendor, after } = filter;
  let query = db.selectFrom("packages").select(COLUMNS).$call(withinBound(filter.bound));
  if (vendor !== undefined) query = query.where(startsWith(`${vendor}/`));
  if (words !== undefined) {
    const like = `%${words.replaceAll(/[\\%_]/g, "\\$&")}%`;
    query = query.where(
      sql<boolean>`(name like ${like} escape '\\' or lower(coalesce(description, '')) like ${like} escape '\\')`,
    );
  }
  if (after !== undefined) query = query.where("name", ">", after);
  return await query.orderBy("name").limit(filter.limit).execute();
}

export async function findBrowsedPackage(
  db: Db,
  bound: readonly string[] | null,
  name: string,
): Promise<BrowsedPackage | undefined> {
  return await db
    .selectFrom("packages")
    .select(COLUMNS)
    .where("name", "=", name)
    .$call(withinBound(bound))
    .executeTakeFirst();
}

/** What the last sync remarked on the source of a package; null where it has none. */
export async function findHintsOfPackage(db: Db, packageId: string): Promise<{ hints: string | null }> {
  const row = await db
    .selectFrom("packages as p")
    .innerJoin("sources as s", "s.id", "p.source")
    .where("p.id", "=", packageId)
    .where("s.removed_at", "is", null)
    .select("s.hints")
    .executeTakeFirst();
  return row ?? { hints: null };
}

/** Stored patterns are canonical, so a prefix covers exactly the names that begin with it. */
function withinBound<O>(bound: readonly string[] | null) {
  return (query: SelectQueryBuilder<Schema, "packages", O>): SelectQueryBuilder<Schema, "packages", O> => {
    if (bound === null) return query;
    return query.where((where) =>
      where.or(
        bound.map((pattern) =>
          /[/*]$/.test(pattern) ? startsWith(pattern.replace(/\*$/, "")) : sql<boolean>`name = ${pattern}`,
        ),
      ),
    );
  };
}

/** Not by comparing with `<`: the order of text depends on the database's locale. */
function startsWith(start: string) {
  return sql<boolean>`substr(name, 1, ${sql.lit(start.length)}) = ${start}`;
}

/** What there is to install of some packages. */
export async function countShownVersions(
  db: Db,
  packages: readonly string[],
): Promise<Map<string, { versions: number; latest: number }>> {
  if (packages.length === 0) return new Map();
  const rows = await db
    .selectFrom("versions")
    .select((e) => ["package", e.fn.countAll<number>().as("versions"), e.fn.max("released_at").as("latest")])
    .where("package", "in", packages)
    .where("withdrawn_at", "is", null)
    .groupBy("package")
    .execute();
  return new Map(rows.map((row) => [row.package, { versions: row.versions, latest: row.latest }]));
}

/**
 * The version that speaks for each package, the newest stable one where there is one: noted when it was synced; found
 * out of all its versions where that was by an earlier release.
 */
export async function findLatestVersions(db: Db, packages: readonly string[]): Promise<Map<string, string>> {
  if (packages.length === 0) return new Map();
  const noted = await db
    .selectFrom("package_readmes")
    .select(["package", "version"])
    .where("package", "in", packages)
    .execute();
  const latest = new Map(noted.map((row) => [row.package, row.version]));
  const others = packages.filter((id) => !latest.has(id));
  if (others.length === 0) return latest;
  const rows = await db
    .selectFrom("versions")
    .select(["package", "version", "version_normalized", "stability"])
    .where("package", "in", others)
    .where("withdrawn_at", "is", null)
    .execute();
  for (const [id, versions] of Map.groupBy(rows, (row) => row.package)) {
    const stable = versions.filter((row) => row.stability === "stable");
    const [newest] = (stable.length > 0 ? stable : versions).sort((a, b) =>
      compareForListing(a.version_normalized, b.version_normalized),
    );
    if (newest !== undefined) latest.set(id, newest.version);
  }
  return latest;
}

/** A version without its metadata, of which a thousand would be megabytes. */
export type BrowsedVersion = Omit<Selectable<VersionTable>, "metadata" | "search_words"> & {
  size_bytes: number | null;
};

function selectVersions(db: Db, packageId: string) {
  return db
    .selectFrom("versions")
    .leftJoin("archives", (join) =>
      join.onRef("archives.package", "=", "versions.package").onRef("archives.reference", "=", "versions.reference"),
    )
    .select([
      ...(["versions.id", "versions.package", "versions.version", "versions.version_normalized"] as const),
      ...(["versions.stability", "versions.is_dev", "versions.reference", "versions.time"] as const),
      ...(["versions.released_at", "versions.shasum", "versions.source", "versions.source_ref"] as const),
      ...(["versions.published_at", "versions.withdrawn_at", "archives.size_bytes"] as const),
    ])
    .where("versions.package", "=", packageId);
}

export async function listBrowsedVersions(
  db: Db,
  packageId: string,
  withWithdrawn: boolean,
): Promise<BrowsedVersion[]> {
  return await selectVersions(db, packageId)
    .$if(!withWithdrawn, (query) => query.where("versions.withdrawn_at", "is", null))
    .execute();
}

/** Every state of one version, what is shown first, then the newest. */
export async function listStatesOfVersion(
  db: Db,
  packageId: string,
  version: { text: string; normalized: string | undefined },
): Promise<BrowsedVersion[]> {
  const { text, normalized } = version;
  return await selectVersions(db, packageId)
    .where((where) =>
      where.or([
        where("versions.version", "=", text),
        ...(normalized === undefined ? [] : [where("versions.version_normalized", "=", normalized)]),
      ]),
    )
    .orderBy(sql`case when versions.withdrawn_at is null then 0 else 1 end`)
    .orderBy("versions.published_at", "desc")
    .orderBy("versions.id")
    .execute();
}

/** Downloads of archives, by `version_normalized`. */
export async function sumDownloads(db: Db, packageId: string): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom("version_downloads")
    .select((e) => ["version_normalized", e.fn.sum<number | string>("downloads").as("downloads")])
    .where("package", "=", packageId)
    .groupBy("version_normalized")
    .execute();
  // PostgreSQL's sum of bigint is a numeric, which arrives as text.
  return new Map(rows.map((row) => [row.version_normalized, Number(row.downloads)]));
}

/** Holds the package until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockPackage(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("packages").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

export async function setReleaseDate(db: Db, ids: readonly string[], releasedAt: number): Promise<void> {
  await db.updateTable("versions").set({ released_at: releasedAt }).where("id", "in", ids).execute();
}

/** What its vendor says of it; what p2 shows is another thing now. */
export async function updatePackageWords(
  db: Db,
  id: string,
  words: Pick<PackageRow, "abandoned_by_vendor" | "successor" | "help">,
  now: number,
): Promise<void> {
  await db
    .updateTable("packages")
    .set({ ...words, updated_at: now, revision: sql<number>`revision + 1` })
    .where("id", "=", id)
    .execute();
}

/** What p2 shows of it is another thing now. */
export async function raiseRevision(db: Db, id: PackageRow["id"], now: number): Promise<void> {
  await db
    .updateTable("packages")
    .set({ revision: sql<number>`revision + 1`, updated_at: now })
    .where("id", "=", id)
    .execute();
}
