import { createHash } from "node:crypto";
import { compareForListing } from "../../composer/index.ts";
import type { Stability } from "../../composer/index.ts";
import { PageSize, giveWay } from "../../platform/turns.ts";
import type { TaskPool } from "../../platform/threads/index.ts";
import type { Db } from "../../schema.ts";
import { opensVersion } from "../grants/index.ts";
import type { PackageAccess } from "../grants/index.ts";
import { findRevision, listVersionFacts } from "./composer-repository-queries.ts";
import type { VersionFacts } from "./composer-repository-queries.ts";

/** What a token may see of a package. */
export type VisibleAccess = Extract<PackageAccess, { kind: "full" | "partial" }>;

/** Sorting so many takes some milliseconds. */
const SORTED_HERE_MAX = 300;

/** The versions of one of the two files of a name, as p2 lists them, without what is heavy of them. */
export interface VersionIndex {
  /** Of the package, when they were read. */
  readonly revision: number;
  /** In the order of the list. */
  readonly versions: readonly VersionFacts[];
}

/** Some of an index, and a text that is the same for the same ones. */
export interface ShownVersions {
  readonly ids: readonly string[];
  readonly key: string;
}

/** Reads page by page; again where the package was published anew meanwhile, so that nobody sees half of it. */
export async function readVersionIndex(
  deps: { db: Db; workers: TaskPool },
  packageId: string,
  isDev: boolean,
): Promise<VersionIndex> {
  for (;;) {
    const revision = await findRevision(deps.db, packageId);
    const found = await readAll(deps.db, packageId, isDev);
    if ((await findRevision(deps.db, packageId)) === revision) {
      return { revision, versions: await sortForListing(deps.workers, found) };
    }
  }
}

async function readAll(db: Db, packageId: string, isDev: boolean): Promise<VersionFacts[]> {
  const found: VersionFacts[] = [];
  const size = new PageSize();
  for (;;) {
    const limit = size.rows;
    const page = await size.measure(() => listVersionFacts(db, packageId, isDev, { after: found.at(-1), limit }));
    for (const row of page) found.push(row);
    if (page.length < limit) return found;
  }
}

async function sortForListing(workers: TaskPool, found: VersionFacts[]): Promise<VersionFacts[]> {
  if (found.length <= SORTED_HERE_MAX) {
    return found.sort((a, b) => compareForListing(a.version_normalized, b.version_normalized));
  }
  const texts = found.map((row) => row.version_normalized);
  const order = await workers.run<Uint32Array>("sort-versions", texts, { lane: "waited" });
  return [...order].flatMap((position) => found[position] ?? []);
}

/** What an access shows of them. The key is made of which ones, not of why: many rules show the same. */
export async function showVersions({ versions }: VersionIndex, access: VisibleAccess): Promise<ShownVersions> {
  const bits = new Uint8Array(Math.ceil(versions.length / 8));
  const ids: string[] = [];
  for (const [position, row] of versions.entries()) {
    await giveWay();
    if (!opensVersion(access, toGranted(row))) continue;
    ids.push(row.id);
    bits[position >> 3] = (bits[position >> 3] ?? 0) | (1 << (position & 7));
  }
  return { ids, key: createHash("sha256").update(bits).digest("base64url") };
}

function toGranted({ version_normalized, stability, released_at }: VersionFacts) {
  return { versionNormalized: version_normalized, stability: stability as Stability, releasedAt: released_at };
}
