import { parseGrantPattern } from "../../composer/index.ts";
import type { GrantPattern } from "../../composer/index.ts";
import { GitError } from "../../platform/git/index.ts";
import type { GitMirror, GitRemote, RemoteRef } from "../../platform/git/index.ts";
import { listMetadataSizes } from "../packages/index.ts";
import type { PublishedVersion } from "../packages/index.ts";
import { filtersOf } from "../sources/index.ts";
import type { SourceRow } from "../sources/index.ts";
import { mayChange } from "./contents/version-contents.ts";
import { dependsOnOthers, inComposersOrder } from "./publication.ts";
import type { RefEntry } from "./publication.ts";
import { readRefs } from "./read-refs.ts";
import type { Reader } from "./read-refs.ts";
import { hadNoRoom } from "./reading-budgets.ts";
import type { ReadingBudgets } from "./reading-budgets.ts";
import { READER_VERSION } from "./ref-reading.ts";
import type { ReadVersion, SkippedReading } from "./ref-reading.ts";
import { refsWithoutRoom, withoutRoomless } from "./room.ts";
import type { SyncDeps, SyncProgress } from "./sync-deps.ts";
import type { SourceRefRow } from "./sync-queries.ts";

export interface SurveyInput {
  readonly source: SourceRow;
  readonly remote: GitRemote;
  readonly mirror: GitMirror;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SyncProgress) => void;
}

/** What is known of the source from earlier syncs. */
export interface Memory {
  readonly refs: ReadonlyMap<string, SourceRefRow>;
  readonly live: ReadonlyMap<string, PublishedVersion>;
}

/** The refs of the remote, by what is asked of them. */
interface Wanted {
  readonly refs: readonly RemoteRef[];
  /** The default branch where it is left out. */
  readonly root: RemoteRef | undefined;
  readonly defaultRef: string | undefined;
  readonly goneRefs: readonly string[];
}

interface ReadEntries {
  readonly entries: readonly RefEntry[];
  readonly refsRead: number;
  readonly readingKey: string;
}

/** Reads the refs that moved, and those on which it depends what is published beside them. */
export async function readEntries(
  deps: SyncDeps,
  input: SurveyInput,
  wanted: Wanted,
  memory: Memory,
): Promise<ReadEntries> {
  const { source } = input;
  const { refs, root, defaultRef, goneRefs } = wanted;
  const { budgets } = deps;
  const keyOf = (name: string | undefined) => readingKey(source, { defaultRef, rootName: name, budgets });
  const known = parseReadingKey(source.reading_key);
  const isSameReading = known !== undefined && keyOf(known.rootName) === source.reading_key;
  const hasMoved =
    goneRefs.length > 0 || refs.some(({ ref, objectId }) => memory.refs.get(ref)?.object_id !== objectId);
  const isSettled = (ref: RemoteRef) => isUnmoved(ref, memory) && !(hasMoved && hadNoRoom(reasonOf(ref, memory)));
  const stale = isSameReading ? refs.filter((ref) => !isSettled(ref)) : refs;
  const isRootKnown = root === undefined || isRememberedLeftOut(root, memory);
  const isQuiet = isSameReading && isRootKnown && stale.length === 0 && goneRefs.length === 0;
  // What it says is stored with no version: it is read again wherever something is written.
  const toRead = root === undefined || isQuiet ? stale : [root, ...stale];
  const reader = createReader(deps, input, defaultRef);
  const rootName = await reader.read(toRead, isSameReading ? known.rootName : undefined);
  const unread = () => refs.filter(({ ref }) => !reader.readings.has(ref));
  // The default branch names every version: with another name in it, all of them are other versions.
  if (isSameReading && rootName !== known.rootName) await reader.read(unread(), rootName);
  const toEntries = () => entriesOf(wanted, reader.readings, memory);
  const result = () => ({ refsRead: reader.readings.size, readingKey: keyOf(rootName) });
  if (isQuiet) return { entries: toEntries(), ...result() };
  const storedSizes = await listMetadataSizes(deps.database.db, source.id);
  const facts = { budgets, defaultRef, rootName, storedSizes };
  if (hasMoved && refsWithoutRoom(toEntries(), facts).size > 0) {
    // Of what was skipped for other reasons nobody knows how much it takes before it is read again.
    const rest = unread().filter((ref) => reasonOf(ref, memory) !== "");
    await reader.read(rest, rootName);
  }
  const entries = toEntries();
  return { entries: withoutRoomless(entries, refsWithoutRoom(entries, facts), facts), ...result() };
}

/** Reads refs of a mirror and keeps what it read. */
function createReader(
  deps: SyncDeps,
  { source, mirror, signal, onProgress }: SurveyInput,
  defaultRef: string | undefined,
) {
  const readings = new Map<string, ReadVersion | SkippedReading>();
  const rules = { budgets: deps.budgets, filters: readFilters(source), defaultRef };
  return {
    readings,
    /** The name of the package, when all were read. */
    async read(refs: readonly RemoteRef[], rootName: string | undefined): Promise<string | undefined> {
      const total = refs.length;
      onProgress({ phase: "reading", done: 0, total });
      const reader: Reader = {
        mirror,
        workers: deps.workers,
        lane: "background",
        signal,
        onRead: (done) => onProgress({ phase: "reading", done, total }),
      };
      const result = await readRefs(reader, refs, { ...rules, rootName });
      for (const [ref, reading] of result.readings) readings.set(ref, reading);
      return result.rootName;
    },
  };
}

function entriesOf(
  { refs, root, defaultRef }: Wanted,
  readings: ReadonlyMap<string, ReadVersion | SkippedReading>,
  memory: Memory,
): RefEntry[] {
  const wanted = root === undefined ? refs : [...refs, root];
  return inComposersOrder(wanted, defaultRef).map((ref) =>
    ref === root ? toLeftOut(ref, readings.get(ref.ref), memory) : toEntry(ref, readings.get(ref.ref), memory),
  );
}

function isUnmoved(ref: RemoteRef, memory: Memory): boolean {
  const row = memory.refs.get(ref.ref);
  if (row?.object_id !== ref.objectId) return false;
  if (row.version !== null) return memory.live.has(row.version);
  const reason = row.skipped_reason;
  return reason !== null && !dependsOnOthers(reason) && !mayChange(reason);
}

/** Why it was skipped; "" where it was not. */
function reasonOf(ref: RemoteRef, memory: Memory): string {
  return memory.refs.get(ref.ref)?.skipped_reason ?? "";
}

/** Of a default branch that is left out is remembered what it was read at, and nothing else. */
function isRememberedLeftOut(ref: RemoteRef, memory: Memory): boolean {
  const row = memory.refs.get(ref.ref);
  return row?.object_id === ref.objectId && row.version === null && row.skipped_reason === null;
}

type RefReading = ReadVersion | SkippedReading;

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

export function readFilters(source: Pick<SourceRow, "filters">): GrantPattern[] {
  return filtersOf(source).map((text) => {
    const pattern = parseGrantPattern(text);
    if (!pattern.ok) throw new GitError("other", `the filter ${text} of the source cannot be read: ${pattern.reason}`);
    return pattern.value;
  });
}

interface KeyFacts {
  readonly defaultRef: string | undefined;
  readonly rootName: string | undefined;
  readonly budgets: ReadingBudgets;
}

/** Readable on purpose: the root name is taken out of it again when the default branch has not moved. */
function readingKey(source: SourceRow, { defaultRef, rootName, budgets }: KeyFacts): string {
  const submodules = source.submodules ?? undefined;
  const filters = filtersOf(source);
  return JSON.stringify({ reader: READER_VERSION, filters, defaultRef, rootName, submodules, budgets });
}

function parseReadingKey(key: string | null): { rootName?: string | undefined } | undefined {
  return key === null ? undefined : (JSON.parse(key) as { rootName?: string });
}
