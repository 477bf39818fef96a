import type { Insertable } from "kysely";
import { giveWay } from "../../platform/turns.ts";
import type { Db, VersionTable } from "../../schema.ts";
import {
  findReleaseDates,
  findVersionsByReference,
  insertArchiveIfNew,
  insertVersions,
  newVersionId,
  republishVersion,
  withdrawVersions,
} from "../packages/index.ts";
import type { ArchiveRow, PublishedVersion, VersionRow } from "../packages/index.ts";
import { searchWordsOf } from "./package-words.ts";
import { releaseDate } from "./publication.ts";
import type { Contest, VersionEntry } from "./publication.ts";
import { isTag } from "./ref-reading.ts";

export interface PublishFacts {
  readonly sourceId: string;
  readonly now: number;
  readonly isFirstSync: boolean;
  /** What p2 shows of the source at the moment. */
  readonly live: readonly PublishedVersion[];
  /** Built before, for new tags; by `package reference`. */
  readonly archives: ReadonlyMap<string, ArchiveRow>;
}

export interface Published {
  /** The `versions.id` of each winner's ref. */
  readonly versionOfRef: ReadonlyMap<string, string>;
  readonly versionsPublished: number;
  readonly versionsWithdrawn: number;
  /** Ids of packages of which p2 shows something else now. */
  readonly changedPackages: ReadonlySet<string>;
  /** Tagged versions that there was nothing of before; a tag that was moved is not one. */
  readonly released: readonly ReleasedVersion[];
}

/** A version that can be installed from now on. */
export type ReleasedVersion = Pick<
  Insertable<VersionTable>,
  "package" | "version" | "version_normalized" | "stability" | "released_at" | "reference"
>;

type Winner = Contest["winners"][number];
type ReadWinner = Winner & Extract<VersionEntry, { kind: "read" }>;

/** Makes the published versions of a source be those of the winners, and nothing else. */
export async function publishVersions(trx: Db, winners: readonly Winner[], facts: PublishFacts): Promise<Published> {
  const versionOfRef = new Map<string, string>();
  const changedPackages = new Set<string>();
  const kept = new Set<string>();
  for (const entry of winners) {
    if (entry.kind !== "kept") continue;
    versionOfRef.set(entry.ref.ref, entry.published.id);
    kept.add(entry.published.id);
  }
  const read = winners.filter((entry) => entry.kind === "read");
  const existing = await findExisting(trx, read);
  const dates = await findDates(trx, read);
  const rows: Insertable<VersionTable>[] = [];
  const released: ReleasedVersion[] = [];
  let cameBack = 0;
  for (const entry of read) {
    await giveWay();
    const row = existing.get(keyOf(entry));
    if (row === undefined) {
      const earlier = dates.get(`${entry.packageId} ${entry.version.id.versionNormalized}`);
      const shasum = isTag(entry.ref.ref) ? await storeArchive(trx, entry, facts) : "";
      const releasedAt = releaseDate(entry, { ...facts, earlier });
      const made = { ...columnsOf(entry, facts), ...newColumns(entry, facts, releasedAt), shasum };
      rows.push(made);
      if (earlier === undefined && isNewTag(entry, facts)) released.push(made);
      versionOfRef.set(entry.ref.ref, made.id);
      changedPackages.add(entry.packageId);
      continue;
    }
    versionOfRef.set(entry.ref.ref, row.id);
    kept.add(row.id);
    if (!(await updateExisting(trx, row, entry, facts))) continue;
    changedPackages.add(entry.packageId);
    if (row.withdrawn_at !== null) cameBack++;
  }
  await insertVersions(trx, rows);
  const gone = facts.live.filter((version) => !kept.has(version.id));
  for (const version of gone) changedPackages.add(version.package);
  await withdrawVersions(
    trx,
    gone.map((version) => version.id),
    facts.now,
  );
  const versionsPublished = rows.length + cameBack;
  return { versionOfRef, versionsPublished, versionsWithdrawn: gone.length, changedPackages, released };
}

/**
 * Whether a version comes from a tag that was not there before. A first sync is an import of what was released long
 * ago, and a tag that was there and can be read only since is no news either.
 */
function isNewTag({ ref, before }: ReadWinner, { isFirstSync }: PublishFacts): boolean {
  return isTag(ref.ref) && !isFirstSync && before?.object_id !== ref.objectId;
}

/** Says whether p2 shows something else afterwards. */
async function updateExisting(trx: Db, row: VersionRow, entry: ReadWinner, facts: PublishFacts): Promise<boolean> {
  const columns = columnsOf(entry, facts);
  const isShown = row.withdrawn_at === null;
  const isSame =
    row.metadata === columns.metadata &&
    row.version === columns.version &&
    row.time === columns.time &&
    row.search_words === columns.search_words;
  const isSameOrigin = row.source === columns.source && row.source_ref === columns.source_ref;
  if (isShown && isSame && isSameOrigin) return false;
  await republishVersion(trx, row.id, columns);
  return !isShown || !isSame || row.source !== columns.source;
}

function columnsOf(entry: ReadWinner, facts: PublishFacts) {
  return {
    version: entry.version.id.version,
    metadata: entry.version.metadata,
    search_words: searchWordsOf(entry.version.metadata),
    time: entry.version.time,
    source: facts.sourceId,
    source_ref: entry.ref.ref,
  };
}

function newColumns(entry: ReadWinner, facts: PublishFacts, released: number) {
  const { versionNormalized, stability, isDev } = entry.version.id;
  return {
    id: newVersionId(),
    package: entry.packageId,
    version_normalized: versionNormalized,
    stability,
    is_dev: isDev ? 1 : 0,
    reference: entry.ref.targetId,
    released_at: released,
    published_at: facts.now,
    withdrawn_at: null,
  };
}

/** The checksum of an archive that exists before its version is published; "" promises none. */
async function storeArchive(trx: Db, entry: ReadWinner, facts: PublishFacts): Promise<string> {
  const archive = facts.archives.get(`${entry.packageId} ${entry.ref.targetId}`);
  if (archive === undefined) return "";
  return (await insertArchiveIfNew(trx, archive)).sha1;
}

/** Versions of these commits that exist already, shown or withdrawn; the shown one where there are several. */
async function findExisting(trx: Db, read: readonly ReadWinner[]): Promise<Map<string, VersionRow>> {
  const found = new Map<string, VersionRow>();
  const rows = await findVersionsByReference(
    trx,
    [...new Set(read.map((entry) => entry.packageId))],
    [...new Set(read.map((entry) => entry.ref.targetId))],
  );
  for (const row of rows) {
    const key = `${row.package} ${row.version_normalized} ${row.reference}`;
    if (found.get(key)?.withdrawn_at !== null || row.withdrawn_at === null) found.set(key, row);
  }
  return found;
}

async function findDates(trx: Db, read: readonly ReadWinner[]): Promise<Map<string, number>> {
  const tags = read.filter((entry) => isTag(entry.ref.ref));
  const packages = [...new Set(tags.map((entry) => entry.packageId))];
  return await findReleaseDates(trx, packages, [...new Set(tags.map((entry) => entry.version.id.versionNormalized))]);
}

function keyOf(entry: ReadWinner): string {
  return `${entry.packageId} ${entry.version.id.versionNormalized} ${entry.ref.targetId}`;
}
