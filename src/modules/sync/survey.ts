import type { RemoteRef } from "../../platform/git/index.ts";
import { listPublishedVersionsOfSource, listReferencesOfSource } from "../packages/index.ts";
import type { PublishedVersion } from "../packages/index.ts";
import { branchesOf } from "../sources/index.ts";
import { chooseRefs } from "./choose-refs.ts";
import type { RefEntry } from "./publication.ts";
import { readEntries } from "./read-entries.ts";
import type { Memory, SurveyInput } from "./read-entries.ts";
import type { SyncDeps } from "./sync-deps.ts";
import { listSourceRefs } from "./sync-queries.ts";

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
  const read = await readEntries(deps, input, { refs, root, defaultRef, goneRefs }, memory);
  const isUnchanged = read.refsRead === 0 && goneRefs.length === 0 && read.readingKey === source.reading_key;
  return { ...read, goneRefs, live: [...memory.live.values()], defaultRef, leftOut, isUnchanged };
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
