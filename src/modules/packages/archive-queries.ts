import type { Selectable } from "kysely";
import type { ArchiveTable, Db } from "../../schema.ts";

export type ArchiveRow = Selectable<ArchiveTable>;

export async function findArchive(db: Db, packageId: string, reference: string): Promise<ArchiveRow | undefined> {
  return await db
    .selectFrom("archives")
    .selectAll()
    .where("package", "=", packageId)
    .where("reference", "=", reference)
    .executeTakeFirst();
}

/** The first to store an archive wins, whichever process it is; everybody is told whose bytes count. */
export async function insertArchiveIfNew(db: Db, row: ArchiveRow): Promise<ArchiveRow> {
  await db
    .insertInto("archives")
    .values(row)
    .onConflict((conflict) => conflict.columns(["package", "reference"]).doNothing())
    .execute();
  return (await findArchive(db, row.package, row.reference)) ?? row;
}

/** The sources that published this commit of this package, and when each was read last; none where nobody ever did. */
export async function listSourcesOfReference(
  db: Db,
  packageId: string,
  reference: string,
): Promise<{ id: string; synced_at: number | null }[]> {
  return await db
    .selectFrom("versions")
    .leftJoin("sources", "sources.id", "versions.source")
    .select(["versions.source as id", "sources.synced_at"])
    .distinct()
    .where("versions.package", "=", packageId)
    .where("versions.reference", "=", reference)
    .orderBy("versions.source")
    .execute();
}

/** The names of the tags that this commit of this package was ever published from. */
export async function listTagsOfReference(db: Db, packageId: string, reference: string): Promise<string[]> {
  const rows = await db
    .selectFrom("versions")
    .select("source_ref")
    .distinct()
    .where("package", "=", packageId)
    .where("reference", "=", reference)
    .where("source_ref", "like", "refs/tags/%")
    .execute();
  return rows.map((row) => row.source_ref.slice("refs/tags/".length));
}

/** Far below the parameter limits of both engines. */
const CHUNK_ROWS = 500;

/** Which of these commits have an archive, of whichever package. */
export async function listStoredReferences(db: Db, references: readonly string[]): Promise<Set<string>> {
  const stored = new Set<string>();
  for (let start = 0; start < references.length; start += CHUNK_ROWS) {
    const chunk = references.slice(start, start + CHUNK_ROWS);
    const rows = await db.selectFrom("archives").select("reference").where("reference", "in", chunk).execute();
    for (const { reference } of rows) stored.add(reference);
  }
  return stored;
}

/** Whether the archives of a source have its submodules in them. */
export async function includesSubmodules(db: Db, sourceId: string): Promise<boolean> {
  const row = await db.selectFrom("sources").select("submodules").where("id", "=", sourceId).executeTakeFirst();
  return row?.submodules === "include";
}
