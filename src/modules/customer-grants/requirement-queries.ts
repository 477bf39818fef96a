import { sql } from "kysely";
import type { Selectable } from "kysely";
import type { Db, PackageTable, VersionTable } from "../../schema.ts";

/** Far below the parameter limits of both engines. */
const CHUNK = 500;

export type HostedPackage = Pick<Selectable<PackageTable>, "id" | "name" | "revision">;

/** Of these names those that are hosted. */
export async function listHostedNamed(db: Db, names: readonly string[]): Promise<HostedPackage[]> {
  const found: HostedPackage[] = [];
  for (let start = 0; start < names.length; start += CHUNK) {
    const some = names.slice(start, start + CHUNK);
    found.push(
      ...(await db.selectFrom("packages").select(["id", "name", "revision"]).where("name", "in", some).execute()),
    );
  }
  return found;
}

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
