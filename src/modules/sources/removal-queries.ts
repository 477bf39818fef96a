import type { Db } from "../../schema.ts";

export interface OfferedPackage {
  readonly id: string;
  readonly name: string;
  readonly versions: number;
}

/** What a source offers, by name. */
export async function listOfferedPackages(db: Db, source: string): Promise<OfferedPackage[]> {
  return await db
    .selectFrom("versions")
    .innerJoin("packages", "packages.id", "versions.package")
    .select((e) => ["packages.id", "packages.name", e.fn.countAll<number>().as("versions")])
    .where("versions.source", "=", source)
    .where("versions.withdrawn_at", "is", null)
    .groupBy(["packages.id", "packages.name"])
    .orderBy("packages.name")
    .execute();
}

/** Sources that would publish a package if this one did not own its name, and the packages, by what they skipped. */
export async function listRivals(db: Db, source: string): Promise<{ source: string; label: string | null }[]> {
  return await db
    .selectFrom("source_refs")
    .innerJoin("sources", "sources.id", "source_refs.source")
    .select(["source_refs.source", "source_refs.label"])
    .where("source_refs.owned_by", "=", source)
    .where("sources.removed_at", "is", null)
    .execute();
}

export async function sumDownloadsSince(db: Db, packages: readonly string[], day: number): Promise<number> {
  if (packages.length === 0) return 0;
  const row = await db
    .selectFrom("version_downloads")
    .select((e) => e.fn.sum<number | string | null>("downloads").as("downloads"))
    .where("package", "in", packages)
    .where("day", ">=", day)
    .executeTakeFirst();
  // PostgreSQL's sum of bigint is a numeric, which arrives as text.
  return Number(row?.downloads ?? 0);
}
