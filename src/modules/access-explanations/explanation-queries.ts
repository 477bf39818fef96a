import type { Selectable } from "kysely";
import type { Db, PackageTable, SourceTable, VersionTable } from "../../schema.ts";

export type ExplainedVersion = Pick<
  Selectable<VersionTable>,
  "version" | "version_normalized" | "stability" | "released_at" | "metadata" | "withdrawn_at"
>;

export type OfferedVersion = Pick<
  Selectable<VersionTable>,
  "version" | "version_normalized" | "stability" | "released_at"
>;

export async function findHosted(
  db: Db,
  name: string,
): Promise<Pick<Selectable<PackageTable>, "id" | "source"> | undefined> {
  return await db.selectFrom("packages").select(["id", "source"]).where("name", "=", name).executeTakeFirst();
}

/** The state of a version that p2 shows, else the one it showed last. */
export async function findVersion(
  db: Db,
  packageId: string,
  normalized: string,
): Promise<ExplainedVersion | undefined> {
  const rows = await db
    .selectFrom("versions")
    .select(["version", "version_normalized", "stability", "released_at", "metadata", "withdrawn_at"])
    .where("package", "=", packageId)
    .where("version_normalized", "=", normalized)
    .orderBy("published_at", "desc")
    .execute();
  return rows.find((row) => row.withdrawn_at === null) ?? rows[0];
}

/** Every version that p2 shows to whoever may read all of them, in no order. */
export async function listOffered(db: Db, packageId: string): Promise<OfferedVersion[]> {
  return await db
    .selectFrom("versions")
    .select(["version", "version_normalized", "stability", "released_at"])
    .where("package", "=", packageId)
    .where("withdrawn_at", "is", null)
    .execute();
}

export type ExplainedSource = Pick<Selectable<SourceTable>, "id" | "name" | "state" | "synced_at" | "branches">;

export async function findSource(db: Db, id: string): Promise<ExplainedSource | undefined> {
  return await db
    .selectFrom("sources")
    .select(["id", "name", "state", "synced_at", "branches"])
    .where("id", "=", id)
    .executeTakeFirst();
}
