import { messageOf } from "../../platform/errors.ts";
import { GitError } from "../../platform/git/index.ts";
import { findArchive, findPackagesByName, findVersionsByReference } from "../packages/index.ts";
import type { ArchiveRow } from "../packages/index.ts";
import type { RefEntry } from "./publication.ts";
import { isTag } from "./ref-reading.ts";
import type { SyncDeps } from "./sync-deps.ts";

/** More new tags than this in one sync are an import: their archives are built when somebody asks. */
const NEW_TAGS_MAX = 20;

/**
 * Builds the archives of tags that are new since the last sync, before they are published, so that their checksums are
 * published with them. Returns them by `package reference`; their rows are written with the versions.
 */
export async function archiveNewTags(
  deps: SyncDeps,
  sourceId: string,
  entries: readonly RefEntry[],
): Promise<Map<string, ArchiveRow>> {
  const archives = new Map<string, ArchiveRow>();
  const { db } = deps.database;
  const tags = entries.flatMap((entry) => (entry.kind === "read" && isTag(entry.ref.ref) ? [entry] : []));
  const names = [...new Set(tags.map((entry) => entry.version.packageName))];
  const packages = new Map((await findPackagesByName(db, names)).map((row) => [row.name, row.id]));
  const references = tags.map((entry) => entry.ref.targetId);
  const known = new Set(
    (await findVersionsByReference(db, [...packages.values()], references)).map(
      (row) => `${row.package} ${row.version_normalized} ${row.reference}`,
    ),
  );
  const wanted = tags.flatMap(({ ref, version }) => {
    const packageId = packages.get(version.packageName);
    const isKnown = known.has(`${packageId ?? ""} ${version.id.versionNormalized} ${ref.targetId}`);
    return packageId === undefined || isKnown ? [] : [{ packageId, reference: ref.targetId }];
  });
  if (wanted.length > NEW_TAGS_MAX) return archives;
  for (const key of wanted) {
    try {
      const stored = await findArchive(db, key.packageId, key.reference);
      archives.set(`${key.packageId} ${key.reference}`, stored ?? (await deps.archives.buildArchive(key, sourceId)));
    } catch (error) {
      if (error instanceof GitError && (error.kind === "damaged" || error.kind === "aborted")) throw error;
      // The version is published without a checksum; whoever downloads it gets the archive, or the reason.
      deps.log.warn({ source: sourceId, ...key, error: messageOf(error) }, "archive not built at sync");
    }
  }
  return archives;
}
