import type { Selectable } from "kysely";
import type { Db, PackageReadmeTable } from "../../schema.ts";

/** As it is in the repository: untrusted. `filename` is "" where there is none. */
export type Readme = Pick<Selectable<PackageReadmeTable>, "filename" | "content">;

/** Far below the parameter limits of both engines. */
const CHUNK_ROWS = 500;

/** Of which commit the readme of each package is; those of which nobody knows yet are not in it. */
export async function listReadmeReferences(db: Db, packages: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (let start = 0; start < packages.length; start += CHUNK_ROWS) {
    const rows = await db
      .selectFrom("package_readmes")
      .select(["package", "reference"])
      .where("package", "in", packages.slice(start, start + CHUNK_ROWS))
      .execute();
    for (const row of rows) found.set(row.package, row.reference);
  }
  return found;
}

export async function findReadme(db: Db, packageId: string): Promise<(Readme & { version: string }) | undefined> {
  return await db
    .selectFrom("package_readmes")
    .select(["version", "filename", "content"])
    .where("package", "=", packageId)
    .executeTakeFirst();
}

export async function storeReadme(db: Db, row: Selectable<PackageReadmeTable>): Promise<void> {
  const { package: packageId, ...rest } = row;
  await db
    .insertInto("package_readmes")
    .values({ package: packageId, ...rest })
    .onConflict((conflict) => conflict.column("package").doUpdateSet(rest))
    .execute();
}
