import { sql } from "kysely";
import type { Selectable } from "kysely";
import type { Db, PackageTable, VersionTable } from "../../schema.ts";

export type HostedPackage = Pick<Selectable<PackageTable>, "id" | "name" | "revision">;

/** What is hosted below a prefix such as `acme/check`. */
export async function listHostedBelow(db: Db, prefix: string): Promise<HostedPackage[]> {
  return await db
    .selectFrom("packages")
    .select(["id", "name", "revision"])
    .where(sql<boolean>`substr(name, 1, ${sql.lit(prefix.length)}) = ${prefix}`)
    .execute();
}

/** Below what one statement may bind. */
const NAMES_AT_ONCE = 500;

export async function listHostedByName(db: Db, names: readonly string[]): Promise<HostedPackage[]> {
  const found: HostedPackage[] = [];
  for (let start = 0; start < names.length; start += NAMES_AT_ONCE) {
    const some = names.slice(start, start + NAMES_AT_ONCE);
    const query = db.selectFrom("packages").select(["id", "name", "revision"]).where("name", "in", some);
    found.push(...(await query.execute()));
  }
  return found;
}

/** Of these vendors those of whom anything is hosted. */
export async function listHostedVendors(db: Db, vendors: readonly string[]): Promise<string[]> {
  const hosted: string[] = [];
  for (const vendor of vendors) {
    const prefix = `${vendor}/`;
    const one = await db
      .selectFrom("packages")
      .select("id")
      .where(sql<boolean>`substr(name, 1, ${sql.lit(prefix.length)}) = ${prefix}`)
      .limit(1)
      .executeTakeFirst();
    if (one !== undefined) hosted.push(vendor);
  }
  return hosted;
}

/** Every name that is hosted. */
export async function listHostedNames(db: Db): Promise<string[]> {
  return (await db.selectFrom("packages").select("name").orderBy("name").execute()).map(({ name }) => name);
}

/** What p2 shows of a package, dev versions too. */
export async function listVersionsWithMetadata(
  db: Db,
  packageId: string,
): Promise<Pick<Selectable<VersionTable>, "version_normalized" | "stability" | "released_at" | "metadata">[]> {
  return await db
    .selectFrom("versions")
    .select(["version_normalized", "stability", "released_at", "metadata"])
    .where("package", "=", packageId)
    .where("withdrawn_at", "is", null)
    .execute();
}
