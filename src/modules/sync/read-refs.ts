import { GitError } from "../../platform/git/index.ts";
import type { GitMirror, ReadObject, RemoteRef } from "../../platform/git/index.ts";
import { giveWay } from "../../platform/turns.ts";
import type { Lane, TaskPool } from "../../platform/threads/index.ts";
import { HeldReadings } from "./held-readings.ts";
import type { FoundRef, Reading } from "./reading-tasks.ts";
import { nameInComposerJson, objectNamesOf, objectSizeMax, readRef } from "./ref-reading.ts";
import type { ReadingRules } from "./ref-reading.ts";

/** Most syncs find one tag: so little is read here, sooner than a thread would have started. */
const READ_HERE_BYTES_MAX = 16_000;
/** One task of a worker thread: between two of them whoever waits for something else gets his turn. */
const TASK_BYTES_MAX = 256_000;
const TASK_REFS_MAX = 25;

export interface ReadRefs {
  readonly readings: ReadonlyMap<string, Reading>;
  readonly rootName: string | undefined;
}

/** Who reads, and for whom. */
export interface Reader {
  readonly mirror: Pick<GitMirror, "readObjects">;
  readonly workers: TaskPool;
  readonly lane: Lane;
  /** Nobody wants to know any more. */
  readonly signal: AbortSignal | undefined;
  onRead(done: number): void;
}

/**
 * Reads refs through one git process, each as it arrives. When the default branch is among them it comes first and its
 * composer.json names all of them; otherwise `rules.rootName`, known from an earlier sync, does.
 */
export async function readRefs(reader: Reader, refs: readonly RemoteRef[], rules: ReadingRules): Promise<ReadRefs> {
  const root = refs.find(({ ref }) => ref === rules.defaultRef);
  const ordered = root === undefined ? refs : [root, ...refs.filter((ref) => ref !== root)];
  const held = new HeldReadings(rules.budgets, rules.defaultRef);
  let { rootName } = rules;
  let found: FoundRef[] = [];
  let bytes = 0;
  const readFound = async (isHere: boolean) => {
    const named = { ...rules, rootName };
    const read = isHere ? await readHere(found, named) : await readElsewhere(reader, found, named);
    for (const [position, { ref }] of found.entries()) {
      const reading = read[position];
      if (reading !== undefined) held.add(ref.ref, reading);
    }
    found = [];
    bytes = 0;
    reader.onRead(held.size);
  };
  for await (const next of findObjects(reader.mirror, ordered, objectSizeMax(rules.budgets))) {
    if (next.ref === root) rootName = nameInComposerJson(next.objects.composerJson);
    found.push(next);
    bytes += sizeOf(next.objects.tag) + sizeOf(next.objects.commit) + sizeOf(next.objects.composerJson);
    if (bytes >= TASK_BYTES_MAX || found.length === TASK_REFS_MAX) await readFound(false);
  }
  if (found.length > 0) await readFound(bytes <= READ_HERE_BYTES_MAX);
  return { readings: held.all(), rootName };
}

async function* findObjects(
  mirror: Reader["mirror"],
  refs: readonly RemoteRef[],
  sizeBytesMax: number,
): AsyncGenerator<FoundRef> {
  const objects = mirror.readObjects(refs.flatMap(objectNamesOf), sizeBytesMax);
  const next = async (): Promise<ReadObject> => {
    const result = await objects.next();
    return result.done === true ? { kind: "missing" } : result.value;
  };
  try {
    for (const ref of refs) {
      await giveWay();
      const tag = ref.objectId === ref.targetId ? undefined : await next();
      const found = { tag, commit: await next(), composerJson: await next() };
      // It was fetched, so it must be there.
      if (found.commit.kind === "missing") throw new GitError("damaged", `the local mirror has lost ${ref.targetId}`);
      yield { ref, objects: found };
    }
    // Lets the process end, and fails if it did not end well.
    await objects.next();
  } finally {
    await objects.return(undefined);
  }
}

async function readHere(found: readonly FoundRef[], rules: ReadingRules): Promise<Reading[]> {
  const readings: Reading[] = [];
  for (const { ref, objects } of found) {
    await giveWay();
    readings.push(readRef(ref, objects, rules));
  }
  return readings;
}

async function readElsewhere(
  { workers, lane, signal }: Reader,
  found: readonly FoundRef[],
  rules: ReadingRules,
): Promise<Reading[]> {
  const copies = found.map(({ ref, objects: { tag, commit, composerJson } }) => ({
    ref,
    objects: { tag: tag && ownBytes(tag), commit: ownBytes(commit), composerJson: ownBytes(composerJson) },
  }));
  return await workers.run<Reading[]>("read-refs", { found: copies, rules }, { lane, signal });
}

/** A Buffer may be a part of a larger one, all of which would be copied to the thread. */
function ownBytes(object: ReadObject): ReadObject {
  return object.kind === "found" ? { ...object, content: new Uint8Array(object.content) as Buffer } : object;
}

function sizeOf(object: ReadObject | undefined): number {
  return object?.kind === "found" ? object.content.length : 0;
}
