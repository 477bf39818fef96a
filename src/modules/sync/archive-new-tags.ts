import { messageOf } from "../../platform/errors.ts";
import { GitError } from "../../platform/git/index.ts";
import { findArchive, findVersionsByReference } from "../packages/index.ts";
import type { ArchiveRow } from "../packages/index.ts";
import { settleContests } from "./publication.ts";
import type { RefEntry } from "./publication.ts";
import { findOwnership } from "./publish-packages.ts";
import { isTag } from "./ref-reading.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** More new tags than this in one sync are an import: their archives are built when somebody asks. */
const NEW_TAGS_MAX = 20;

export interface NewArchives {
  /** By `package reference`. */
  readonly rows: ReadonlyMap<string, ArchiveRow>;
  /** Those of them whose bytes were stored just now and that no row names yet. */
  readonly built: readonly ArchiveRow[];
  /** Commits of which git makes no archive, and why. */
  readonly unbuildable: ReadonlyMap<string, { readonly reason: string }>;
}

/**
 * Builds the archives of tags that are new since the last sync, before they are published, so that their checksums are
 * published with them. Their rows are written with the versions; `discardUntaken` deletes those that none took.
 */
export async function archiveNewTags(
  deps: SyncDeps,
  sourceId: string,
  entries: readonly RefEntry[],
  signal: AbortSignal,
): Promise<NewArchives> {
  const rows = new Map<string, ArchiveRow>();
  const built: ArchiveRow[] = [];
  const unbuildable = new Map<string, { reason: string }>();
  const { db } = deps.database;
  const wanted = await listNewTags(deps, sourceId, entries);
  if (wanted.length > NEW_TAGS_MAX) return { rows, built, unbuildable };
  for (const key of wanted) {
    const id = `${key.packageId} ${key.reference}`;
    // Two tags of one commit have one archive.
    if (rows.has(id)) continue;
    try {
      const stored = await findArchive(db, key.packageId, key.reference);
      const row = stored ?? (await deps.archives.buildArchive(key, sourceId, signal));
      rows.set(id, row);
      if (stored === undefined) built.push(row);
    } catch (error) {
      if (signal.aborted || (error instanceof GitError && (error.kind === "damaged" || error.kind === "aborted"))) {
        await discardUntaken(deps, built);
        throw error;
      }
      if (error instanceof GitError && (error.kind === "other" || error.kind === "output_too_large")) {
        unbuildable.set(key.reference, { reason: `its archive cannot be made: ${error.message}` });
        continue;
      }
      // The version is published without a checksum; whoever downloads it gets the archive, or the reason.
      deps.log.warn({ source: sourceId, ...key, error: messageOf(error) }, "archive not built at sync");
      // The rest may take as long, and a sync has others to make room for.
      if (error instanceof GitError && error.kind === "timeout") break;
    }
  }
  return { rows, built, unbuildable };
}

/** The tags that will be published as versions that never were: what loses a contest needs no archive. */
async function listNewTags(
  deps: SyncDeps,
  sourceId: string,
  entries: readonly RefEntry[],
): Promise<{ packageId: string; reference: string }[]> {
  const { db } = deps.database;
  const names = new Set(
    entries.flatMap((entry) => (entry.kind === "read" && isTag(entry.ref.ref) ? [entry.version.packageName] : [])),
  );
  if (names.size === 0) return [];
  const { winners } = settleContests(entries, await findOwnership(db, [...names], sourceId));
  const tags = winners.flatMap((entry) => (entry.kind === "read" && isTag(entry.ref.ref) ? [entry] : []));
  const packages = [...new Set(tags.map((entry) => entry.packageId))];
  const references = tags.map((entry) => entry.ref.targetId);
  const known = new Set(
    (await findVersionsByReference(db, packages, references)).map(
      (row) => `${row.package} ${row.version_normalized} ${row.reference}`,
    ),
  );
  return tags.flatMap(({ packageId, ref, version }) =>
    known.has(`${packageId} ${version.id.versionNormalized} ${ref.targetId}`)
      ? []
      : [{ packageId, reference: ref.targetId }],
  );
}

/**
 * Deletes the bytes of archives that no row names after all: another process was faster, the version was not published,
 * or the writing failed. What cannot be found out is kept.
 */
export async function discardUntaken(deps: SyncDeps, built: readonly ArchiveRow[]): Promise<void> {
  for (const archive of built) {
    try {
      const row = await findArchive(deps.database.db, archive.package, archive.reference);
      if (row?.blob_key !== archive.blob_key) await deps.archives.discardArchive(archive);
    } catch (error) {
      deps.log.warn({ blob: archive.blob_key, error: messageOf(error) }, "unused archive not deleted");
    }
  }
}
