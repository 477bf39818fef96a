import { sizeOf, withoutRoom } from "./held-readings.ts";
import type { RefEntry } from "./publication.ts";
import { findRoomless, noRoom } from "./reading-budgets.ts";
import type { ReadingBudgets, SizedVersion, VersionSize } from "./reading-budgets.ts";

/** What there is to know for giving versions their room. */
export interface RoomFacts {
  readonly budgets: ReadingBudgets;
  readonly defaultRef: string | undefined;
  readonly rootName: string | undefined;
  /** Of what is published: bytes of metadata, by `versions.id`. */
  readonly storedSizes: ReadonlyMap<string, number>;
}

/** The refs of versions for which their package has no room. */
export function refsWithoutRoom(entries: readonly RefEntry[], facts: RoomFacts): ReadonlySet<string> {
  const versions = entries.flatMap((entry): SizedVersion[] => {
    const size = sizeAskedBy(entry, facts);
    return size === undefined ? [] : [{ ref: entry.ref.ref, ...size }];
  });
  return new Set(findRoomless(versions, facts.defaultRef, facts.budgets).map(({ ref }) => ref));
}

/** The same entries, in which these refs are skipped. */
export function withoutRoomless(
  entries: readonly RefEntry[],
  roomless: ReadonlySet<string>,
  { budgets, rootName }: RoomFacts,
): readonly RefEntry[] {
  if (roomless.size === 0) return entries;
  return entries.map((entry): RefEntry => {
    if (!roomless.has(entry.ref.ref)) return entry;
    const { ref, before } = entry;
    if (entry.kind === "read") {
      return { ref, before, kind: "skipped", skipped: withoutRoom(entry.version, budgets), isKnown: false };
    }
    if (entry.kind !== "kept") return entry;
    const { version } = entry.published;
    const skipped = { skipped: noRoom(budgets), label: rootName === undefined ? version : `${rootName} ${version}` };
    return { ref, before, kind: "skipped", skipped, isKnown: false };
  });
}

function sizeAskedBy(entry: RefEntry, { storedSizes }: RoomFacts): VersionSize | undefined {
  switch (entry.kind) {
    case "read":
      return sizeOf(entry.version);
    case "kept": {
      const { id, version_normalized: versionNormalized } = entry.published;
      return { versionNormalized, sizeBytes: storedSizes.get(id) ?? 0 };
    }
    case "skipped":
      return entry.skipped.wouldTake;
    case "left_out":
      return undefined;
  }
}
