import type { OpenBlob } from "../../platform/blobs/index.ts";
import { AppError, messageOf } from "../../platform/errors.ts";
import { findArchive, insertArchiveIfNew, listSourcesOfReference } from "./archive-queries.ts";
import type { ArchiveRow } from "./archive-queries.ts";
import { buildArchive } from "./build-archive.ts";
import type { ArchiveKey, BuildDeps, BuildOptions } from "./build-archive.ts";

/** Each reads and compresses on a core of its own; `composer install` asks for a dozen archives at once. */
const BUILDS_AT_ONCE = 2;

interface OpenArchive extends OpenBlob {
  readonly sha1: string;
}

/** Archives as customers get them: made from the mirror at the first request, stored, and the same bytes for ever. */
export interface Archives {
  /** Undefined when the package never had a version of this commit. Whether the caller may have it is decided before. */
  openArchive(key: ArchiveKey): Promise<OpenArchive | undefined>;
  /**
   * Stores the bytes of an archive of which there is no row yet. The caller inserts the row, in the transaction that
   * publishes the version, or has it discarded.
   */
  buildArchive(key: ArchiveKey, sourceId: string, signal?: AbortSignal): Promise<ArchiveRow>;
  /** Deletes the bytes of an archive that was built and whose row was not inserted. */
  discardArchive(archive: ArchiveRow): Promise<void>;
}

export function createArchives(deps: BuildDeps): Archives {
  const inFlight = new Map<string, Promise<ArchiveRow | undefined>>();
  const limit = createLimit(BUILDS_AT_ONCE);
  const build: Build = (key, sourceId, options) => limit(() => buildArchive(deps, key, sourceId, options));
  const findOrBuild = async (key: ArchiveKey): Promise<ArchiveRow | undefined> => {
    const known = await findArchive(deps.database.db, key.packageId, key.reference);
    if (known !== undefined) return known;
    const id = `${key.packageId} ${key.reference}`;
    const running = inFlight.get(id);
    if (running !== undefined) return await running;
    const started = buildFromAnySource(deps, key, build).finally(() => inFlight.delete(id));
    inFlight.set(id, started);
    return await started;
  };
  return {
    buildArchive: (key, sourceId, signal) => build(key, sourceId, { signal }),
    discardArchive: (archive) => deps.blobs.delete(archive.blob_key),
    async openArchive(key) {
      const row = await findOrBuild(key);
      if (row === undefined) return undefined;
      const blob = (await deps.blobs.open(row.blob_key)) ?? (await restoreBlob(deps, key, row, build));
      return { ...blob, sha1: row.sha1 };
    },
  };
}

type Build = (key: ArchiveKey, sourceId: string, options: BuildOptions) => Promise<ArchiveRow>;

async function buildFromAnySource(deps: BuildDeps, key: ArchiveKey, build: Build): Promise<ArchiveRow | undefined> {
  let failure: unknown;
  for (const sourceId of await listSourcesOfReference(deps.database.db, key.packageId, key.reference)) {
    try {
      const built = await build(key, sourceId, {});
      const row = await deps.database.transaction((trx) => insertArchiveIfNew(trx, built));
      // Another process was faster: its bytes are the archive.
      if (row.blob_key !== built.blob_key) await deps.blobs.delete(built.blob_key);
      return row;
    } catch (error) {
      failure = error;
    }
  }
  if (failure === undefined) return undefined;
  throw new AppError("service.unavailable", "The archive cannot be built at the moment. Try again later.", {
    internal: `archive of ${key.packageId} ${key.reference}: ${messageOf(failure)}`,
    cause: failure,
  });
}

/** The storage lost a file. What is made in its form today is taken only if it is the same, byte for byte. */
async function restoreBlob(deps: BuildDeps, key: ArchiveKey, row: ArchiveRow, build: Build): Promise<OpenBlob> {
  for (const sourceId of await listSourcesOfReference(deps.database.db, key.packageId, key.reference)) {
    const built = await build(key, sourceId, { like: row }).catch(() => undefined);
    const blob = built?.sha1 === row.sha1 ? await deps.blobs.open(built.blob_key) : undefined;
    if (built === undefined) continue;
    if (blob !== undefined) await deps.blobs.put(row.blob_key, blob.stream);
    await deps.blobs.delete(built.blob_key);
    const restored = await deps.blobs.open(row.blob_key);
    if (restored !== undefined) return restored;
  }
  throw new AppError("service.unavailable", "The stored archive is missing. Tell the vendor.", {
    internal: `blob ${row.blob_key} is missing and cannot be made again with the same bytes: restore it from a backup`,
  });
}

/** Runs at most so many at once, the rest in their order. */
function createLimit(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The place is handed on, never given back in between: else a newcomer could take it too.
      if (next === undefined) running--;
      else next();
    }
  };
}
