import { setImmediate } from "node:timers/promises";
import { GitError } from "../../platform/git/index.ts";
import type { GitMirror, ReadObject, RemoteRef } from "../../platform/git/index.ts";
import { HeldReadings } from "./held-readings.ts";
import { nameInComposerJson, objectNamesOf, objectSizeMax, readRef } from "./ref-reading.ts";
import type { ReadVersion, ReadingRules, SkippedReading } from "./ref-reading.ts";

type Reading = ReadVersion | SkippedReading;

/** After so many refs the event loop gets a turn: a server goes on answering while it syncs. */
const REFS_PER_TURN = 25;

export interface ReadRefs {
  readonly readings: ReadonlyMap<string, Reading>;
  readonly rootName: string | undefined;
}

/**
 * Reads refs through one git process, each as it arrives. When the default branch is among them it comes first and its
 * composer.json names all of them; otherwise `rules.rootName`, known from an earlier sync, does.
 */
export async function readRefs(
  mirror: Pick<GitMirror, "readObjects">,
  refs: readonly RemoteRef[],
  rules: ReadingRules,
  onRead: (done: number) => void,
): Promise<ReadRefs> {
  const root = refs.find(({ ref }) => ref === rules.defaultRef);
  const ordered = root === undefined ? refs : [root, ...refs.filter((ref) => ref !== root)];
  const objects = mirror.readObjects(ordered.flatMap(objectNamesOf), objectSizeMax(rules.budgets));
  const next = async (): Promise<ReadObject> => {
    const result = await objects.next();
    return result.done === true ? { kind: "missing" } : result.value;
  };
  const held = new HeldReadings(rules.budgets, rules.defaultRef);
  let { rootName } = rules;
  for (const ref of ordered) {
    const tag = ref.objectId === ref.targetId ? undefined : await next();
    const found = { tag, commit: await next(), composerJson: await next() };
    // It was fetched, so it must be there.
    if (found.commit.kind === "missing") throw new GitError("damaged", `the local mirror has lost ${ref.targetId}`);
    if (ref === root) rootName = nameInComposerJson(found.composerJson);
    held.add(ref.ref, readRef(ref, found, { ...rules, rootName }));
    if (held.size % REFS_PER_TURN === 0) {
      onRead(held.size);
      await setImmediate();
    }
  }
  // Lets the process end, and fails if it did not end well.
  await objects.next();
  return { readings: held.all(), rootName };
}
