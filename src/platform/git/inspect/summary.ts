import { setImmediate } from "node:timers/promises";
import type { TreeEntry } from "../tree.ts";
import { NESTED_MAX } from "./forest.ts";
import type { Forest } from "./forest.ts";

/** What a directory holds, with everything below it. */
export interface Summary {
  readonly files: number;
  readonly sizeBytes: number;
  readonly longestPath: number;
  /** Directories, files and submodules. */
  readonly entries: number;
  /** Of the paths of all of them, together. */
  readonly pathBytes: number;
  readonly hasAttributes: boolean;
  readonly hasSubmodules: boolean;
  /** A file that is a Git LFS pointer by its content. */
  readonly hasPointers: boolean;
  /** Why it cannot be packed; the path is relative to the directory. */
  readonly problem: { readonly path: string; readonly why: string } | undefined;
}

export interface SummaryFacts {
  readonly forest: Forest;
  readonly sizes: ReadonlyMap<string, number>;
  readonly isPointer: (id: string) => boolean;
}

/** Paths longer than this cannot be unpacked on Linux. */
const PATH_BYTES_MAX = 4_000;

/** git's own rule (`verify_path`), with which it refuses to read a tree for `git archive`. */
const REFUSED = /^(\.git|git~1)[ .]*([:\\].*)?$|^\.{1,2}$|^$/i;

const UNREADABLE: Summary = {
  files: 0,
  sizeBytes: 0,
  longestPath: 0,
  entries: 0,
  pathBytes: 0,
  hasAttributes: false,
  hasSubmodules: false,
  hasPointers: false,
  problem: { path: "", why: `is nested deeper than ${NESTED_MAX} directories, or too large to be read` },
};

/** After so many entries others get a turn. */
const ENTRIES_PER_TURN = 5_000;

/** Summaries of all directories below these, each made once however many commits share it. */
export async function createSummaries(
  facts: SummaryFacts,
  roots: readonly string[],
): Promise<(tree: string) => Summary> {
  const known = new Map<string, Summary>();
  let [made, turn] = [0, 0];
  const summarise = async (tree: string, depth: number): Promise<void> => {
    const entries = depth > NESTED_MAX ? undefined : facts.forest.entriesOf(tree);
    for (const { kind, id } of entries ?? []) {
      if (kind === "directory" && !known.has(id)) await summarise(id, depth + 1);
    }
    known.set(
      tree,
      entries === undefined ? UNREADABLE : summariseEntries(entries, facts, (id) => known.get(id) ?? UNREADABLE),
    );
    made += entries?.length ?? 0;
    if (made - turn < ENTRIES_PER_TURN) return;
    turn = made;
    await setImmediate();
  };
  for (const root of roots) if (!known.has(root)) await summarise(root, 0);
  return (tree) => known.get(tree) ?? UNREADABLE;
}

function summariseEntries(
  entries: readonly TreeEntry[],
  { sizes, isPointer }: SummaryFacts,
  below: (tree: string) => Summary,
): Summary {
  const sum = { files: 0, sizeBytes: 0, longestPath: 0, entries: 0, pathBytes: 0 };
  const has = { hasAttributes: false, hasSubmodules: false, hasPointers: false };
  let problem: Summary["problem"];
  const names = new Set<string>();
  const links = linksAmong(entries);
  for (const { kind, name, id } of entries) {
    const nameBytes = Buffer.byteLength(name);
    sum.entries++;
    sum.pathBytes += nameBytes;
    const why = refusalOf(kind, name, names) ?? (kind === "directory" ? links.refusalOf(name) : undefined);
    names.add(name);
    if (why !== undefined) problem ??= { path: name, why };
    if (kind === "directory") {
      const child = below(id);
      sum.files += child.files;
      sum.sizeBytes += child.sizeBytes;
      sum.entries += child.entries;
      sum.pathBytes += child.pathBytes + child.entries * (nameBytes + 1);
      sum.longestPath = Math.max(sum.longestPath, nameBytes + 1 + child.longestPath);
      has.hasAttributes ||= child.hasAttributes;
      has.hasSubmodules ||= child.hasSubmodules;
      has.hasPointers ||= child.hasPointers;
      if (child.problem !== undefined) {
        problem ??= { path: [name, child.problem.path].filter(Boolean).join("/"), why: child.problem.why };
      }
      continue;
    }
    sum.longestPath = Math.max(sum.longestPath, nameBytes);
    if (kind === "submodule") {
      has.hasSubmodules = true;
      continue;
    }
    sum.files++;
    sum.sizeBytes += sizes.get(id) ?? 0;
    has.hasAttributes ||= name === ".gitattributes";
    has.hasPointers ||= kind === "file" && isPointer(id);
  }
  if (sum.longestPath > PATH_BYTES_MAX) problem ??= { path: "", why: `has a path longer than ${PATH_BYTES_MAX} bytes` };
  return { ...sum, ...has, problem };
}

function refusalOf(kind: TreeEntry["kind"], name: string, before: ReadonlySet<string>): string | undefined {
  if (REFUSED.test(name)) return "is one that git refuses to pack";
  if (kind === "symlink" && name.toLowerCase() === ".gitmodules") return "is a symlink, which git refuses to pack";
  if (name.includes("/")) return "has a slash in its name";
  // A zip has a slash in the place of a backslash, and may then lead out of the archive.
  if (name.split("\\").includes("..")) return "leads out of the archive";
  return before.has(name) ? "is there twice" : undefined;
}

/**
 * Where the file system knows no difference between small and capital letters, unpacking `Lib/a.php` behind a symlink
 * `lib` would write to wherever that leads.
 */
function linksAmong(entries: readonly TreeEntry[]) {
  const sameForMany = (name: string) => name.normalize("NFC").toLowerCase();
  const links = new Set(entries.flatMap(({ kind, name }) => (kind === "symlink" ? [sameForMany(name)] : [])));
  return {
    refusalOf: (name: string) =>
      links.size > 0 && links.has(sameForMany(name))
        ? "has the name of a symlink beside it, but for small and capital letters"
        : undefined,
  };
}
