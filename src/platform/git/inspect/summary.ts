import type { TreeEntry } from "../tree.ts";
import { NESTED_MAX } from "./forest.ts";
import type { Forest } from "./forest.ts";

/** What a directory holds, with everything below it. */
export interface Summary {
  readonly files: number;
  readonly sizeBytes: number;
  readonly longestPath: number;
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
  hasAttributes: false,
  hasSubmodules: false,
  hasPointers: false,
  problem: { path: "", why: `is nested deeper than ${NESTED_MAX} directories, or too large to be read` },
};

/** Summaries of directories, each made once however many commits share it. */
export function createSummaries(facts: SummaryFacts): (tree: string) => Summary {
  const known = new Map<string, Summary>();
  const summarise = (tree: string, depth: number): Summary => {
    const before = known.get(tree);
    if (before !== undefined) return before;
    const entries = depth > NESTED_MAX ? undefined : facts.forest.entriesOf(tree);
    const made =
      entries === undefined ? UNREADABLE : summariseEntries(entries, facts, (id) => summarise(id, depth + 1));
    known.set(tree, made);
    return made;
  };
  return (tree) => summarise(tree, 0);
}

function summariseEntries(
  entries: readonly TreeEntry[],
  { sizes, isPointer }: SummaryFacts,
  below: (tree: string) => Summary,
): Summary {
  const sum = { files: 0, sizeBytes: 0, longestPath: 0 };
  const has = { hasAttributes: false, hasSubmodules: false, hasPointers: false };
  let problem: Summary["problem"];
  const names = new Set<string>();
  for (const { kind, name, id } of entries) {
    const nameBytes = Buffer.byteLength(name);
    const why = refusalOf(kind, name, names);
    names.add(name);
    if (why !== undefined) problem ??= { path: name, why };
    if (kind === "directory") {
      const child = below(id);
      sum.files += child.files;
      sum.sizeBytes += child.sizeBytes;
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
