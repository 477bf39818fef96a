import { sql } from "kysely";
import type { Selectable } from "kysely";
import { tokenGoesOn } from "../grants/index.ts";
import { abandonedOf } from "../packages/index.ts";
import { readHelp } from "../settings/index.ts";
import type { HelpAddresses } from "../settings/index.ts";
import { FINAL_CAUSES } from "../tokens/index.ts";
import type { Db, PackageTable, VersionTable } from "../../schema.ts";

export type HostedRow = Pick<
  Selectable<PackageTable>,
  "id" | "name" | "revision" | "description" | "type" | "successor"
> & {
  /** True, or what to use instead; false: it is kept, whatever its versions say; undefined: they say it themselves. */
  abandoned: boolean | string | undefined;
  /** In lower case what a search looks in, besides the name. */
  searchWords: string;
  /** Where its buyers are sent. */
  help: HelpAddresses;
  /** 0 when every version is withdrawn: the name stays ours, but there is nothing to install. */
  is_offered: number;
};
/** What decides who sees a version, and where it stands in a list. */
export type VersionFacts = Pick<
  Selectable<VersionTable>,
  "id" | "reference" | "version_normalized" | "stability" | "released_at"
>;
/** What p2 says of a version. */
export type PublishedRow = Pick<Selectable<VersionTable>, "reference" | "metadata" | "time" | "released_at" | "shasum">;
export type ReferencedRow = Pick<
  Selectable<VersionTable>,
  "version" | "version_normalized" | "stability" | "released_at"
>;

export async function listHostedPackages(db: Db): Promise<HostedRow[]> {
  const rows = await db
    .selectFrom("packages")
    .select(["id", "name", "revision", "description", "type", "abandoned", "abandoned_by_vendor"])
    .select(["successor", "search_words", "help"])
    .select((e) => {
      const published = e
        .selectFrom("versions")
        .select("versions.id")
        .whereRef("versions.package", "=", "packages.id")
        .where("versions.withdrawn_at", "is", null);
      return e.case().when(e.exists(published)).then(1).else(0).end().as("is_offered");
    })
    .orderBy("name")
    .execute();
  return rows.map(({ id, name, revision, description, type, successor, is_offered, ...row }) => ({
    id,
    name,
    revision,
    description,
    type,
    successor,
    is_offered,
    abandoned: abandonedOf(row),
    searchWords: (row.search_words ?? description ?? "").toLowerCase(),
    help: readHelp(row.help),
  }));
}

/** Where buyers of each shop are sent, of shops that say so. */
export async function listShopHelp(db: Db): Promise<Map<string, HelpAddresses>> {
  const rows = await db.selectFrom("shops").select(["name", "help"]).where("help", "is not", null).execute();
  return new Map(rows.map(({ name, help }) => [name, readHelp(help)]));
}

/** Moves whenever p2 shows something else of the package; 0 of one that is not there. */
export async function findRevision(db: Db, packageId: string): Promise<number> {
  const row = await db.selectFrom("packages").select("revision").where("id", "=", packageId).executeTakeFirst();
  return row?.revision ?? 0;
}

/** A page of what p2 shows, without what is large: withdrawn versions are gone upstream. By the index of commits. */
export async function listVersionFacts(
  db: Db,
  packageId: string,
  isDev: boolean,
  page: { after: VersionFacts | undefined; limit: number },
): Promise<VersionFacts[]> {
  const { after, limit } = page;
  return await db
    .selectFrom("versions")
    .select(["id", "reference", "version_normalized", "stability", "released_at"])
    .where("package", "=", packageId)
    .where("is_dev", "=", isDev ? 1 : 0)
    .where("withdrawn_at", "is", null)
    .$if(after !== undefined, (query) =>
      query.where((e) => e(e.refTuple("reference", "id"), ">", e.tuple(after?.reference ?? "", after?.id ?? ""))),
    )
    .orderBy("reference")
    .orderBy("id")
    .limit(limit)
    .execute();
}

/** By id; some may be gone since their ids were read. */
export async function findPublishedRows(db: Db, ids: readonly string[]): Promise<Map<string, PublishedRow>> {
  const rows = await db
    .selectFrom("versions")
    .select(["id", "reference", "metadata", "time", "released_at", "shasum"])
    .where("id", "in", ids)
    .where("withdrawn_at", "is", null)
    .execute();
  return new Map(rows.map(({ id, ...row }) => [id, row]));
}

/** Withdrawn ones too: a lock file goes on working for who may have that version. */
export async function listVersionsOfReference(db: Db, packageId: string, reference: string): Promise<ReferencedRow[]> {
  return await db
    .selectFrom("versions")
    .select(["version", "version_normalized", "stability", "released_at"])
    .where("package", "=", packageId)
    .where("reference", "=", reference)
    .execute();
}

/** Two parameters each; SQLite takes 32,766 in a query. */
const NUMBERS_AT_ONCE = 500;

/** A version by its normalised number. */
export interface VersionNumber {
  packageId: string;
  version: string;
}

/** Which of these were ever published: only they are looked for, however many others their packages have. */
export async function listPublishedNumbers(db: Db, numbers: readonly VersionNumber[]): Promise<VersionNumber[]> {
  const published: VersionNumber[] = [];
  for (let start = 0; start < numbers.length; start += NUMBERS_AT_ONCE) {
    const asked = numbers
      .slice(start, start + NUMBERS_AT_ONCE)
      .map(({ packageId, version }) => sql`(${packageId}, ${version})`);
    const rows = await db
      .selectFrom("versions")
      .select(["package", "version_normalized"])
      .distinct()
      .where(sql<boolean>`(package, version_normalized) in (values ${sql.join(asked)})`)
      .execute();
    for (const row of rows) published.push({ packageId: row.package, version: row.version_normalized });
  }
  return published;
}

/** A customer has few; of somebody who has very many the newest. */
const OTHERS_MAX = 20;

/**
 * The tokens that work of the customer of this one, without it; newest first. None of a guest or of a project token, nor
 * where somebody else may hold this one: it leaked, or its customer was handed over.
 */
export async function listOtherTokens(db: Db, tokenId: string, now: number) {
  return await db
    .selectFrom("tokens as mine")
    .innerJoin("tokens as other", "other.customer", "mine.customer")
    .select(["other.id", "other.access", "other.customer", "other.customer_email", "other.last_four"])
    .select("mine.customer_email as email_of_mine")
    .where("mine.id", "=", tokenId)
    .where("mine.access", "!=", "project")
    .where((e) => e.or([e("mine.revoked_why", "is", null), e("mine.revoked_why", "not in", [...FINAL_CAUSES])]))
    .whereRef("other.id", "!=", "mine.id")
    .where("other.access", "!=", "project")
    .where("other.revoked_at", "is", null)
    .where("other.suspended_at", "is", null)
    .where(tokenGoesOn(now, "other"))
    .orderBy("other.created_at", "desc")
    .orderBy("other.id", "desc")
    .limit(OTHERS_MAX)
    .execute();
}
