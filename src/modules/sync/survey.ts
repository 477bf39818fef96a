import { parseGrantPattern } from "../../composer/index.ts";
import type { GrantPattern } from "../../composer/index.ts";
import { GitError } from "../../platform/git/index.ts";
import type { GitMirror, GitRemote, RemoteRef } from "../../platform/git/index.ts";
import { listPublishedVersionsOfSource, listReferencesOfSource } from "../packages/index.ts";
import type { PublishedVersion } from "../packages/index.ts";
import { branchesOf, filtersOf } from "../sources/index.ts";
import type { SourceRow } from "../sources/index.ts";
import { mayChange } from "./contents/version-contents.ts";
import { chooseRefs } from "./choose-refs.ts";
import { dependsOnOthers, inComposersOrder } from "./publication.ts";
import type { RefEntry } from "./publication.ts";
import { readRefs } from "./read-refs.ts";
import type { Reader } from "./read-refs.ts";
import { READER_VERSION } from "./ref-reading.ts";
import type { SyncDeps, SyncProgress } from "./sync-deps.ts";
import { listSourceRefs } from "./sync-queries.ts";
import type { SourceRefRow } from "./sync-queries.ts";

/** All that a sync learned from the remote, ready to be written. */
export interface Survey {
  readonly entries: readonly RefEntry[];
  /** Refs that are known and not there any more. */
  readonly goneRefs: readonly string[];
  readonly live: readonly PublishedVersion[];
  readonly defaultRef: string | undefined;
  /** Branches that the source's vendor does not offer, by their whole names. */
  readonly leftOut: ReadonlySet<string>;
  readonly readingKey: string;
  readonly refsRead: number;
  /** Nothing moved since the last sync: there is nothing to write but the time. */
  readonly isUnchanged: boolean;
}

interface SurveyInput {
  readonly source: SourceRow;
  readonly remote: GitRemote;
  readonly mirror: GitMirror;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SyncProgress) => void;
}

/** What is known of the source from earlier syncs. */
interface Memory {
  readonly refs: ReadonlyMap<string, SourceRefRow>;
  readonly live: ReadonlyMap<string, PublishedVersion>;
}

/** Compares the remote with what is known, fetches what moved and reads it. No writing to the database. */
export async function surveySource(deps: SyncDeps, input: SurveyInput): Promise<Survey> {
  const { source, remote, mirror, onProgress } = input;
  onProgress({ phase: "connecting" });
  const { refs: there, defaultRef } = await mirror.listRemoteRefs(remote);
  const { taken: refs, unofferedRoot: root, leftOut } = chooseRefs(branchesOf(source), there, defaultRef);
  const wanted = root === undefined ? refs : [...refs, root];
  const { db } = deps.database;
  const memory: Memory = {
    refs: new Map((await listSourceRefs(db, source.id)).map((row) => [row.ref, row])),
    live: new Map((await listPublishedVersionsOfSource(db, source.id)).map((version) => [version.id, version])),
  };
  const present = new Set(wanted.map(({ ref }) => ref));
  const goneRefs = [...memory.refs.keys()].filter((ref) => !present.has(ref));
  await bringUpToDate(deps, input, wanted, memory);
  const known = parseReadingKey(source.reading_key);
  const isSameReading = known !== undefined && readingKey(source, defaultRef, known.rootName) === source.reading_key;
  const stale = isSameReading ? refs.filter((ref) => !isUnmoved(ref, memory)) : refs;
  const isRootKnown = root === undefined || isRememberedLeftOut(root, memory);
  const isQuiet = isSameReading && isRootKnown && stale.length === 0 && goneRefs.length === 0;
  // What it says is stored with no version: it is read again wherever something is written.
  const toRead = root === undefined || isQuiet ? stale : [root, ...stale];
  const rules = { filters: readFilters(source), defaultRef, rootName: isSameReading ? known.rootName : undefined };
  const readerOf = (total: number): Reader => ({
    ...{ mirror, workers: deps.workers, lane: "background", signal: input.signal },
    onRead: (done) => onProgress({ phase: "reading", done, total }),
  });
  onProgress({ phase: "reading", done: 0, total: toRead.length });
  const { readings: first, rootName } = await readRefs(readerOf(toRead.length), toRead, rules);
  const readings = new Map(first);
  if (isSameReading && rootName !== known.rootName) {
    // The default branch names every version: with another name in it, all of them are other versions.
    const rest = refs.filter(({ ref }) => !readings.has(ref));
    const second = await readRefs(readerOf(rest.length), rest, { ...rules, rootName });
    for (const [ref, reading] of second.readings) readings.set(ref, reading);
  }
  const entries = inComposersOrder(wanted, defaultRef).map((ref) =>
    ref === root ? toLeftOut(ref, readings.get(ref.ref), memory) : toEntry(ref, readings.get(ref.ref), memory),
  );
  const key = readingKey(source, defaultRef, rootName);
  const isUnchanged = readings.size === 0 && goneRefs.length === 0 && key === source.reading_key;
  return {
    entries,
    goneRefs,
    live: [...memory.live.values()],
    defaultRef,
    leftOut,
    readingKey: key,
    refsRead: readings.size,
    isUnchanged,
  };
}

/** Fetches what the mirror does not hold, which is everything when it is new, restored or repaired. */
async function bringUpToDate(
  deps: SyncDeps,
  { source, remote, mirror, onProgress }: SurveyInput,
  refs: readonly RemoteRef[],
  memory: Memory,
): Promise<void> {
  const { pins, upstream } = await mirror.listHeldRefs();
  const missing = refs.filter(({ ref, objectId }) => upstream.get(ref) !== objectId);
  if (missing.length > 0 || upstream.size > refs.length) {
    onProgress({ phase: "fetching", total: missing.length });
    await mirror.fetch(remote, missing, refs);
  }
  if ([...memory.live.values()].every((version) => pins.has(version.reference))) return;
  const published = await listReferencesOfSource(deps.database.db, source.id);
  const unpinned = published.filter((commit) => !pins.has(commit));
  const lost = await mirror.restorePins(remote, unpinned);
  for (const commit of lost) deps.log.error({ source: source.id, commit }, "a published commit is lost");
}

function isUnmoved(ref: RemoteRef, memory: Memory): boolean {
  const row = memory.refs.get(ref.ref);
  if (row?.object_id !== ref.objectId) return false;
  if (row.version !== null) return memory.live.has(row.version);
  const reason = row.skipped_reason;
  return reason !== null && !dependsOnOthers(reason) && !mayChange(reason);
}

/** Of a default branch that is left out is remembered what it was read at, and nothing else. */
function isRememberedLeftOut(ref: RemoteRef, memory: Memory): boolean {
  const row = memory.refs.get(ref.ref);
  return row?.object_id === ref.objectId && row.version === null && row.skipped_reason === null;
}

function toLeftOut(ref: RemoteRef, reading: RefReading | undefined, memory: Memory): RefEntry {
  const version = reading === undefined || "skipped" in reading ? undefined : reading;
  return { ref, before: memory.refs.get(ref.ref), kind: "left_out", version };
}

function toEntry(ref: RemoteRef, reading: RefReading | undefined, memory: Memory): RefEntry {
  const before = memory.refs.get(ref.ref);
  if (reading !== undefined) {
    if ("skipped" in reading) return { ref, before, kind: "skipped", skipped: reading, isKnown: false };
    return { ref, before, kind: "read", version: reading };
  }
  const published = memory.live.get(before?.version ?? "");
  if (published !== undefined) return { ref, before, kind: "kept", published };
  const skipped = { skipped: before?.skipped_reason ?? "", label: before?.label ?? null };
  return { ref, before, kind: "skipped", skipped, isKnown: true };
}

type RefReading = Awaited<ReturnType<typeof readRefs>>["readings"] extends ReadonlyMap<string, infer R> ? R : never;

export function readFilters(source: Pick<SourceRow, "filters">): GrantPattern[] {
  return filtersOf(source).map((text) => {
    const pattern = parseGrantPattern(text);
    if (!pattern.ok) throw new GitError("other", `the filter ${text} of the source cannot be read: ${pattern.reason}`);
    return pattern.value;
  });
}

/** Readable on purpose: the root name is taken out of it again when the default branch has not moved. */
function readingKey(source: SourceRow, defaultRef: string | undefined, rootName: string | undefined): string {
  const submodules = source.submodules ?? undefined;
  return JSON.stringify({ reader: READER_VERSION, filters: filtersOf(source), defaultRef, rootName, submodules });
}

function parseReadingKey(key: string | null): { rootName?: string | undefined } | undefined {
  return key === null ? undefined : (JSON.parse(key) as { rootName?: string });
}
