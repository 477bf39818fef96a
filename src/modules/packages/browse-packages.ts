import { compareForListing, normalizeVersion } from "../../composer/index.ts";
import type { JsonObject } from "../../composer/index.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import { foreignCursor } from "../../platform/http/paging.ts";
import type { Database, Db } from "../../schema.ts";
import { hintsOf } from "../source-hints/index.ts";
import type { Hint } from "../source-hints/index.ts";
import type { Caller } from "../callers/index.ts";
import { readHelp } from "../settings/index.ts";
import type { HelpAddresses } from "../settings/index.ts";
import type { Usage } from "../usage/index.ts";
import { abandonedText, byVendor } from "./abandoned.ts";
import {
  findHintsOfPackage,
  countShownVersions,
  findBrowsedPackage,
  findLatestVersions,
  listBrowsedVersions,
  listPackageRows,
  listStatesOfVersion,
  sumDownloads,
} from "./package-browse-queries.ts";
import type { BrowsedPackage, BrowsedVersion } from "./package-browse-queries.ts";
import { findVersionMetadata } from "./package-queries.ts";
import { findReadme } from "./readme-queries.ts";

const DEFAULT_LIMIT = 100;

export interface BrowseDeps {
  database: Pick<Database, "db">;
  /** What was counted a moment ago is shown, too. */
  usage: Pick<Usage, "flush">;
}

export interface PackageSummary {
  name: string;
  description: string | null;
  type: string | null;
  /** What to take instead, "" where nothing is named; null while it is kept. */
  abandoned: string | null;
  /** What the vendor says of that instead of its repository; null: nothing. */
  abandoned_by_vendor: boolean | string | null;
  /** The name it goes by now. */
  successor: string | null;
  source: string | null;
  versions: number;
  /** The newest stable one, else the newest; null where none is offered. */
  latest_version: string | null;
  latest_released_at: number | null;
  updated_at: number;
}

/** A page of the packages in the caller's bound, by name, and where the next one begins. */
export async function listPackages(
  deps: Pick<BrowseDeps, "database">,
  caller: Caller,
  query: {
    q?: string | undefined;
    vendor?: string | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  },
): Promise<{ packages: PackageSummary[]; nextCursor: string | undefined }> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const rows = await listPackageRows(deps.database.db, {
    bound: caller.packageBound,
    words: query.q?.toLowerCase(),
    vendor: query.vendor?.toLowerCase(),
    after: query.cursor === undefined ? undefined : readNameCursor(query.cursor),
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const ids = page.map((row) => row.id);
  const counts = await countShownVersions(deps.database.db, ids);
  const latest = await findLatestVersions(deps.database.db, ids);
  const last = page.at(-1);
  return {
    packages: page.map((row) => presentSummary(row, counts.get(row.id), latest.get(row.id))),
    nextCursor: rows.length > limit && last !== undefined ? Buffer.from(last.name).toString("base64url") : undefined,
  };
}

function readNameCursor(cursor: string): string {
  const name = Buffer.from(cursor, "base64url").toString("latin1");
  if (!/^[a-z0-9_.-]+\/[a-z0-9_.-]+$/.test(name)) throw foreignCursor();
  return name;
}

function presentSummary(
  row: BrowsedPackage,
  counts: { versions: number; latest: number } | undefined,
  latest: string | undefined,
): PackageSummary {
  const { name, description, type, successor, source, updated_at } = row;
  const abandoned = abandonedText(row);
  const latest_version = counts === undefined ? null : (latest ?? null);
  const shown = { versions: counts?.versions ?? 0, latest_version, latest_released_at: counts?.latest ?? null };
  return {
    name,
    description,
    type,
    abandoned,
    abandoned_by_vendor: byVendor(row.abandoned_by_vendor),
    successor,
    source,
    ...shown,
    updated_at,
  };
}

export interface VersionSummary {
  version: string;
  version_normalized: string;
  stability: string;
  reference: string;
  released_at: number;
  time: number;
  shasum: string;
  size_bytes: number | null;
  withdrawn: boolean;
  downloads: number;
}

export type PackageDetail = Omit<PackageSummary, "versions"> &
  HelpAddresses & {
    downloads: number;
    /** As it is in the repository: untrusted. Null where the newest version has none. */
    readme: { filename: string; version: string; content: string } | null;
    versions: VersionSummary[];
    /** Of its source: no failures. */
    hints: Hint[];
  };

/** One package with its versions, newest first. What a caller may not see does not exist for it. */
export async function readPackage(
  deps: BrowseDeps,
  caller: Caller,
  name: string,
  query: { withdrawn?: "include" | undefined },
): Promise<PackageDetail> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const row = await getVisiblePackage(db, caller, name);
  const rows = await listBrowsedVersions(db, row.id, query.withdrawn === "include");
  rows.sort(
    (a, b) =>
      compareForListing(a.version_normalized, b.version_normalized) ||
      Number(a.withdrawn_at !== null) - Number(b.withdrawn_at !== null) ||
      b.published_at - a.published_at,
  );
  const downloads = await sumDownloads(db, row.id);
  const counts = (await countShownVersions(db, [row.id])).get(row.id);
  const latest = (await findLatestVersions(db, [row.id])).get(row.id);
  const readme = await findReadme(db, row.id);
  return {
    ...presentSummary(row, counts, latest),
    ...readHelp(row.help),
    downloads: [...downloads.values()].reduce((sum, count) => sum + count, 0),
    // What nobody is offered any more has no newest version.
    readme: readme === undefined || readme.filename === "" || counts === undefined ? null : readme,
    versions: rows.map((version) => presentVersion(version, downloads)),
    hints: hintsOf(await findHintsOfPackage(db, row.id), caller.packageBound),
  };
}

export async function getVisiblePackage(db: Db, caller: Caller, name: string): Promise<BrowsedPackage> {
  const row = await findBrowsedPackage(db, caller.packageBound, name.toLowerCase());
  if (row === undefined) throw new AppError("resource.not_found", "There is no such package.");
  return row;
}

function presentVersion(row: BrowsedVersion, downloads: ReadonlyMap<string, number>): VersionSummary {
  const { version, version_normalized, stability, reference, released_at, time, shasum, size_bytes } = row;
  return {
    ...{ version, version_normalized, stability, reference, released_at, time, shasum, size_bytes },
    withdrawn: row.withdrawn_at !== null,
    downloads: downloads.get(version_normalized) ?? 0,
  };
}

/** Every state of a version as it was published, what is shown first; 404 when there never was one. */
export async function getStatesOfVersion(
  db: Db,
  packageId: string,
  text: string,
): Promise<[BrowsedVersion, ...BrowsedVersion[]]> {
  const [first, ...others] = await listStatesOfVersion(db, packageId, { text, normalized: tryNormalize(text) });
  if (first === undefined) throw new AppError("resource.not_found", "There is no such version.");
  return [first, ...others.filter((other) => other.version_normalized === first.version_normalized)];
}

function tryNormalize(text: string): string | undefined {
  try {
    return normalizeVersion(text);
  } catch {
    // Not a version number: it may be a branch's name, which is found as it is written.
    return undefined;
  }
}

const LINKS = ["require", "require-dev", "conflict", "replace", "provide", "suggest"] as const;

export type VersionDetail = VersionSummary & {
  package: string;
  source: string;
  source_ref: string;
  requirements: Record<(typeof LINKS)[number], Record<string, string>>;
};

/** One version with what it requires; a withdrawn one too, where nothing else has its number. */
export async function readVersion(
  deps: BrowseDeps,
  caller: Caller,
  name: string,
  version: string,
): Promise<VersionDetail> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const hosted = await getVisiblePackage(db, caller, name);
  const [row] = await getStatesOfVersion(db, hosted.id, version);
  const metadata = JSON.parse((await findVersionMetadata(db, row.id)) ?? "{}") as JsonObject;
  const links = LINKS.map((kind) => [kind, textsOf(metadata[kind])]);
  return {
    package: hosted.name,
    ...presentVersion(row, await sumDownloads(db, hosted.id)),
    ...{ source: row.source, source_ref: row.source_ref },
    requirements: Object.fromEntries(links) as VersionDetail["requirements"],
  };
}

function textsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
