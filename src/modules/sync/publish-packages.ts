import { compareForListing } from "../../composer/index.ts";
import type { Engine } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import {
  findOfferedPackages,
  findPackagesByName,
  findVersionMetadata,
  holdPackageNames,
  insertPackagesIfNew,
  listSearchWords,
  newPackageId,
  updatePackage,
} from "../packages/index.ts";
import { abandonedIn, joinSearchWords, wordsOf } from "./package-words.ts";
import { namesIn, speakersAmong } from "./publication.ts";
import type { Contest, NameOwner, Ownership, PackageOwnership, RefEntry, VersionEntry } from "./publication.ts";
import type { Published } from "./publish-versions.ts";
import { findNameOwners } from "./sync-queries.ts";

/** The names that were read, with their rows, which are made where there is none; held until the transaction ends. */
export async function takePackages(
  trx: Db,
  engine: Engine,
  entries: readonly RefEntry[],
  source: { readonly id: string; readonly now: number },
): Promise<PackageOwnership> {
  const names = new Set(entries.flatMap((entry) => (entry.kind === "read" ? [entry.version.packageName] : [])));
  const known = new Set((await findPackagesByName(trx, [...names])).map((row) => row.name));
  const missing = [...names].filter((name) => !known.has(name));
  await insertPackagesIfNew(
    trx,
    missing.map((name) => ({ id: newPackageId(), name, source: source.id, ...newFacts(source.now) })),
  );
  await holdPackageNames(trx, engine, [...names]);
  return await findOwnership(trx, namesIn(entries), source.id);
}

/**
 * Who owns these names at the moment; a name without a row is not in the answer. A name is free when its source is
 * removed or publishes nothing under it any more.
 */
export async function findOwnership(db: Db, names: readonly string[], sourceId: string): Promise<PackageOwnership> {
  const rows = await findPackagesByName(db, names);
  const owners = rows.flatMap((row) => (row.source === null || row.source === sourceId ? [] : [row.source]));
  const known = await findNameOwners(db, [...new Set(owners)]);
  const offered = await findOfferedPackages(
    db,
    rows.map((row) => row.id),
  );
  return new Map(
    rows.map((row): [string, Ownership] => {
      const owner = row.source === sourceId ? undefined : known.get(row.source ?? "");
      if (owner === undefined) return [row.name, { id: row.id }];
      const { id, name } = owner;
      const isFree = owner.removed_at !== null || !offered.has(row.id);
      return [row.name, isFree ? { id: row.id, takenFrom: { id, name } } : { ownedBy: { id, name } }];
    }),
  );
}

/** As it will be once these names are taken: a name without a row is free, and its own id for the time being. */
export async function foreseeOwnership(db: Db, names: readonly string[], sourceId: string): Promise<PackageOwnership> {
  const free = names.map((name) => [name, { id: name }] as const);
  return new Map([...free, ...(await findOwnership(db, names, sourceId))]);
}

/** Whose a name is decides what customers get under it. */
export async function recordTakenNames(
  deps: AuditDeps,
  trx: Db,
  source: NameOwner,
  { winners }: Contest,
  packages: PackageOwnership,
): Promise<void> {
  const published = new Set(winners.map((entry) => entry.packageId));
  for (const [name, owner] of packages) {
    if ("ownedBy" in owner || owner.takenFrom === undefined || !published.has(owner.id)) continue;
    const { takenFrom } = owner;
    await recordAuditEvent(
      deps,
      trx,
      { kind: "system", id: "sync", requestId: null },
      {
        action: "package.source_changed",
        target: { kind: "package", id: name },
        details: {
          before: { source_id: takenFrom.id, source: takenFrom.name },
          after: { source_id: source.id, source: source.name },
        },
      },
    );
  }
}

function newFacts(now: number) {
  return { revision: 0, description: null, type: null, abandoned: null, created_at: now, updated_at: now };
}

/** What the lists say of a package: the words of its newest stable version, else of its default branch. */
export async function describePackages(
  trx: Db,
  contest: Contest,
  published: Published,
  source: { readonly id: string; readonly defaultRef: string | undefined; readonly now: number },
): Promise<void> {
  const perPackage = Map.groupBy(speakersAmong(contest), (entry) => entry.packageId);
  const { silentRoot } = contest;
  const hasNewWords = silentRoot !== undefined && silentRoot.before?.object_id !== silentRoot.ref.objectId;
  const changed = new Set(published.changedPackages);
  if (hasNewWords) changed.add(silentRoot.packageId);
  for (const packageId of changed) {
    const entries = perPackage.get(packageId) ?? [];
    const speaker = chooseSpeaker(entries, source.defaultRef);
    const main = entries.find((entry) => entry.ref.ref === source.defaultRef);
    await updatePackage(trx, packageId, {
      source: source.id,
      ...wordsOf(speaker && (await metadataOf(trx, speaker))),
      // Of the whole package: a vendor gives it up on the default branch, and tags nothing for it.
      ...(main === undefined || main === speaker ? {} : { abandoned: abandonedIn(await metadataOf(trx, main)) }),
      search_words: joinSearchWords(await listSearchWords(trx, packageId)),
      updated_at: source.now,
    });
  }
}

/** The newest stable version, else the default branch, else the newest of what there is. */
export function chooseSpeaker(
  entries: readonly VersionEntry[],
  defaultRef: string | undefined,
): VersionEntry | undefined {
  const newest = (candidates: readonly VersionEntry[]) =>
    candidates.reduce<VersionEntry | undefined>(
      (best, entry) =>
        best === undefined || compareForListing(normalizedOf(entry), normalizedOf(best)) < 0 ? entry : best,
      undefined,
    );
  const stable = newest(entries.filter((entry) => stabilityOf(entry) === "stable"));
  return stable ?? entries.find((entry) => entry.ref.ref === defaultRef) ?? newest(entries);
}

function stabilityOf(entry: VersionEntry): string {
  return entry.kind === "read" ? entry.version.id.stability : entry.published.stability;
}

function normalizedOf(entry: VersionEntry): string {
  return entry.kind === "read" ? entry.version.id.versionNormalized : entry.published.version_normalized;
}

async function metadataOf(trx: Db, entry: VersionEntry): Promise<string | undefined> {
  return entry.kind === "read" ? entry.version.metadata : await findVersionMetadata(trx, entry.published.id);
}
