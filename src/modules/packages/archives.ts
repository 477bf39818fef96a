import type { BlobStore, OpenBlob } from "../../platform/blobs/index.ts";
import { AppError, messageOf } from "../../platform/errors.ts";
import { FairSlots } from "../../platform/fair-slots.ts";
import { SharedWork } from "../../platform/shared-work.ts";
import { ARCHIVE_LIMITS } from "./archive-limits.ts";
import type { ArchiveLimits } from "./archive-limits.ts";
import { findArchive, insertArchiveIfNew, listSourcesOfReference } from "./archive-queries.ts";
import type { ArchiveRow } from "./archive-queries.ts";
import { createBuilder } from "./build-archive.ts";
import type { ArchiveKey, Build, BuildDeps } from "./build-archive.ts";
import { BuildFailures, isLasting } from "./build-failures.ts";
import type { Failed } from "./build-failures.ts";

/**
 * Each reads and compresses on a core of its own; `composer install` asks for a dozen archives at once. One place is
 * never for a large archive, and no source has all of them, nor all that large ones may have.
 */
const BUILDS_AT_ONCE = { all: 3, large: 2, ofGroup: 2, largeOfGroup: 1 };

interface OpenArchive extends OpenBlob {
  readonly sha1: string;
}

/** Archives as customers get them: made from the mirror at the first request, stored, and the same bytes for ever. */
export interface Archives {
  /**
   * Undefined when the package never had a version of this commit. Whether the caller may have it is decided before.
   * `left` is aborted when the caller does not wait any more: what nobody waits for is not built to its end.
   */
  openArchive(key: ArchiveKey, left?: AbortSignal): Promise<OpenArchive | undefined>;
  /**
   * Stores the bytes of an archive of which there is no row yet. The caller inserts the row, in the transaction that
   * publishes the version, or has it discarded.
   */
  buildArchive(key: ArchiveKey, sourceId: string, signal?: AbortSignal): Promise<ArchiveRow>;
  /** Deletes the bytes of an archive that was built and whose row was not inserted. */
  discardArchive(archive: ArchiveRow): Promise<void>;
}

interface ArchivesOptions extends Omit<BuildDeps, "slots" | "limits"> {
  /** Whatever is not told is as in {@link ARCHIVE_LIMITS}. */
  readonly limits?: Partial<ArchiveLimits>;
}

export function createArchives(options: ArchivesOptions): Archives {
  const { database, blobs, clock } = options;
  const limits = { ...ARCHIVE_LIMITS, ...options.limits };
  const build = createBuilder({ ...options, limits, slots: new FairSlots(BUILDS_AT_ONCE) });
  const maker: Maker = { database, blobs, build, failures: new BuildFailures(() => clock.nowMs()) };
  const made = new SharedWork<ArchiveRow | undefined>();
  return {
    buildArchive: (key, sourceId, signal) => build(key, sourceId, { signal }),
    discardArchive: (archive) => blobs.delete(archive.blob_key),
    async openArchive(key, left) {
      const known = await findArchive(database.db, key.packageId, key.reference);
      const stored = known === undefined ? undefined : await blobs.open(known.blob_key);
      if (known !== undefined && stored !== undefined) return { ...stored, sha1: known.sha1 };
      const id = `${key.packageId} ${key.reference}`;
      const row = await made.join(id, left, (signal) => makeOnce(maker, key, signal));
      if (row === undefined) return undefined;
      const blob = await blobs.open(row.blob_key);
      if (blob === undefined) throw lost(row);
      return { ...blob, sha1: row.sha1 };
    },
  };
}

interface Maker {
  readonly database: BuildDeps["database"];
  readonly blobs: BlobStore;
  readonly build: Build;
  readonly failures: BuildFailures;
}

async function makeOnce(maker: Maker, key: ArchiveKey, signal: AbortSignal): Promise<ArchiveRow | undefined> {
  const { db } = maker.database;
  // Somebody may have been done with it just now.
  const known = await findArchive(db, key.packageId, key.reference);
  if (known !== undefined && (await maker.blobs.has(known.blob_key))) return known;
  const sources = await listSourcesOfReference(db, key.packageId, key.reference);
  if (sources.length === 0 && known === undefined) return undefined;
  const readAt = sources.map(({ id, synced_at }) => `${id} ${synced_at ?? ""}`).join("\n");
  const failed: Failed = { id: `${key.packageId} ${key.reference}`, readAt };
  const refusal = maker.failures.refusal(failed);
  if (refusal !== undefined) throw known === undefined ? refusal : lost(known);
  const made = await makeFrom(
    maker,
    key,
    sources.map(({ id }) => id),
    { known, signal, failed },
  );
  maker.failures.forget(failed.id);
  return made;
}

interface Making {
  /** The archive whose file the storage lost. */
  readonly known: ArchiveRow | undefined;
  readonly signal: AbortSignal;
  readonly failed: Failed;
}

async function makeFrom(maker: Maker, key: ArchiveKey, sources: readonly string[], making: Making) {
  const { known, signal, failed } = making;
  const failures: unknown[] = [];
  for (const sourceId of sources) {
    try {
      return known === undefined
        ? await buildNew(maker, key, sourceId, signal)
        : await restore(maker, key, sourceId, { known, signal });
    } catch (error) {
      // Nobody waits any more: that says nothing about the archive.
      if (signal.aborted) throw error;
      failures.push(error);
    }
  }
  const failure = failures.find((one) => !isLasting(one)) ?? failures[0];
  const internal = `archive of ${key.packageId} ${key.reference}: ${messageOf(failure)}`;
  const answer = maker.failures.remember(failed, failure, internal);
  throw known === undefined ? answer : lost(known, failure);
}

async function buildNew(maker: Maker, key: ArchiveKey, sourceId: string, signal: AbortSignal): Promise<ArchiveRow> {
  const built = await maker.build(key, sourceId, { signal });
  const row = await maker.database.transaction((trx) => insertArchiveIfNew(trx, built));
  // Another process was faster: its bytes are the archive.
  if (row.blob_key !== built.blob_key) await maker.blobs.delete(built.blob_key);
  return row;
}

/** The storage lost a file. What is made in its form today is taken only if it is the same, byte for byte. */
async function restore(
  { blobs, build }: Maker,
  key: ArchiveKey,
  sourceId: string,
  { known, signal }: { known: ArchiveRow; signal: AbortSignal },
): Promise<ArchiveRow> {
  const built = await build(key, sourceId, { like: known, signal });
  try {
    const blob = built.sha1 === known.sha1 ? await blobs.open(built.blob_key) : undefined;
    if (blob === undefined) throw new Error("what is made today has other bytes");
    await blobs.put(known.blob_key, blob.stream);
  } finally {
    await blobs.delete(built.blob_key);
  }
  return known;
}

function lost(row: ArchiveRow, cause?: unknown): AppError {
  const why = cause === undefined ? "" : ` (${messageOf(cause)})`;
  return new AppError("service.unavailable", "The stored archive is missing. Tell the vendor.", {
    internal: `blob ${row.blob_key} is missing and cannot be made again with the same bytes${why}: restore it from a backup`,
    cause,
  });
}
