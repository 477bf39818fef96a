import type { ReadObject, RemoteRef } from "../../platform/git/index.ts";
import { readRef } from "./ref-reading.ts";
import type { ReadVersion, ReadingRules, RefObjects, SkippedReading } from "./ref-reading.ts";

export type Reading = ReadVersion | SkippedReading;

/** A ref with what git has of it. */
export interface FoundRef {
  readonly ref: RemoteRef;
  readonly objects: RefObjects;
}

/** Runs in a worker thread: so nothing is imported here that opens or starts anything. */
export const readingTasks = {
  /** In the order they are given. */
  "read-refs"({ found, rules }: { found: readonly FoundRef[]; rules: ReadingRules }): Reading[] {
    return found.map(({ ref, objects }) =>
      readRef(
        ref,
        {
          tag: objects.tag === undefined ? undefined : asBuffers(objects.tag),
          commit: asBuffers(objects.commit),
          composerJson: asBuffers(objects.composerJson),
        },
        rules,
      ),
    );
  },
};

/** Between threads a Buffer becomes the Uint8Array that it is. */
function asBuffers(object: ReadObject): ReadObject {
  if (object.kind !== "found") return object;
  const { buffer, byteOffset, byteLength } = object.content;
  return { ...object, content: Buffer.from(buffer, byteOffset, byteLength) };
}
