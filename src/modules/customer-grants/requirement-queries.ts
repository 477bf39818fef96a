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
