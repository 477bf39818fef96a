import { setImmediate } from "node:timers/promises";
import { POINTER_SIZE_BYTES_MAX, POINTER_SIZE_BYTES_MIN, parsePointer } from "../lfs/index.ts";
import type { LfsPointer } from "../lfs/index.ts";
import { readObjects } from "../object-reader.ts";
import { isLeftOut, parentsOf, readAttributes } from "./attributes.ts";
import type { AttributesFile, AttributesOf } from "./attributes.ts";
import { FOREST_BYTES_MAX, readForest, readSizes } from "./forest.ts";
import type { Forest, LocalGit } from "./forest.ts";
import { createSummaries } from "./summary.ts";
import type { Summary } from "./summary.ts";

/** What the archive of a commit would hold, known without making it. */
export interface CommitFacts {
  /** Why git or we cannot pack it, in words that begin with the path. */
  readonly problem: string | undefined;
  /** Without what is `export-ignore`d, as far as that was looked at: see {@link InspectLimits}. */
  readonly files: number;
  readonly sizeBytes: number;
  readonly lfs: readonly { readonly path: string; readonly pointer: LfsPointer }[];
  readonly submodules: readonly { readonly path: string; readonly commit: string }[];
  /** The id of `.gitmodules`, if there is one. */
  readonly modulesFile: string | undefined;
  /** The id of `.lfsconfig`, if there is one. */
  readonly lfsConfig: string | undefined;
}

export interface InspectLimits {
  /** Of the directories that are kept at a time, in bytes as git has them; 48 MB unless told. */
  readonly forestBytesMax?: number;
  /** Above these, what `export-ignore` leaves out is looked at exactly; below, it makes no difference. */
  readonly filesMax: number;
  readonly sizeBytesMax: number;
}

const ATTRIBUTES_BYTES_MAX = 1_000_000;
/** The one file that every version has at its root. */
const ROOT_FILE = "composer.json";
/** It is in no archive. */
export const MODULES_FILE = ".gitmodules";
/** So many times the limit of files are not looked at one by one, whatever `export-ignore` may leave out of them. */
const FAR_TOO_MANY = 4;
/** Of all paths of a commit together: git and whoever unpacks keep them in memory. */
const PATHS_BYTES_MAX = 32 * 1024 * 1024;

/**
 * Looks at the trees of commits: what git refuses, Git LFS files, submodules, and how much there is. Directories and
 * attributes that commits share are looked at once, so that a thousand releases cost little more than one. What there is
 * without end costs no more than the limits: it is neither kept nor walked through.
 */
export async function inspectCommits(
  local: LocalGit,
  commits: readonly string[],
  limits: InspectLimits,
): Promise<Map<string, CommitFacts>> {
  const unique = [...new Set(commits)];
  if (unique.length === 0) return new Map();
  const forest = await readForest(local, unique, limits.forestBytesMax ?? FOREST_BYTES_MAX);
  if (forest !== undefined) return await inspectForest(local, unique, forest, limits);
  if (unique.length === 1) return new Map([[unique[0] ?? "", NOT_LOOKED_AT]]);
  const middle = unique.length >> 1;
  const first = await inspectCommits(local, unique.slice(0, middle), limits);
  return new Map([...first, ...(await inspectCommits(local, unique.slice(middle), limits))]);
}

const NOT_LOOKED_AT: CommitFacts = {
  problem: "its tree has more different directories than can be looked at",
  files: 0,
  sizeBytes: 0,
  lfs: [],
  submodules: [],
  modulesFile: undefined,
  lfsConfig: undefined,
};

async function inspectForest(
  local: LocalGit,
  commits: readonly string[],
  forest: Forest,
  limits: InspectLimits,
): Promise<Map<string, CommitFacts>> {
  const sizes = await readSizes(local, forest.files);
  const texts = await readAttributeTexts(local, forest);
  const usesLfs = [...texts.values()].some((text) => text.includes("lfs"));
  const pointers = usesLfs ? await readPointers(local, sizes) : new Map<string, LfsPointer>();
  const facts = { forest, sizes, isPointer: (id: string) => pointers.has(id) };
  const summaryOf = await createSummaries(facts, [...forest.roots.values()]);
  const looks = commits.map((commit) => lookAt(commit, { forest, summaryOf, texts, pointers, limits }));
  await ask(local, looks, (look) => (look.summary.problem === undefined ? firstPaths(look) : []));
  const exact = looks.filter((look) => needsExactness(look, limits));
  for (const look of exact) {
    look.all = listFiles(look, { forest, sizes });
    await setImmediate();
  }
  await ask(local, exact, (look) => (look.all ?? []).flatMap(({ path }) => [...parentsOf(path), path]));
  return new Map(looks.map((look) => [look.commit, toFacts(look, limits)]));
}

interface Look {
  readonly commit: string;
  readonly root: string;
  readonly summary: Summary;
  readonly attributes: readonly AttributesFile[];
  readonly lfs: CommitFacts["lfs"];
  readonly submodules: CommitFacts["submodules"];
  readonly rootFiles: ReadonlyMap<string, string>;
  answers: AttributesOf;
  all: readonly { readonly path: string; readonly sizeBytes: number }[] | undefined;
}

interface Known {
  readonly forest: Forest;
  readonly summaryOf: (tree: string) => Summary;
  readonly texts: ReadonlyMap<string, string>;
  readonly pointers: ReadonlyMap<string, LfsPointer>;
  readonly limits: InspectLimits;
}

/** A few trees that name each other stand for billions of entries: whoever walks through them must know beforehand. */
function isEndless({ entries, pathBytes }: Summary, { filesMax }: InspectLimits): boolean {
  return entries > filesMax * FAR_TOO_MANY || pathBytes > PATHS_BYTES_MAX;
}

function lookAt(commit: string, { forest, summaryOf, texts, pointers, limits }: Known): Look {
  // Undefined root: it was too large to be read, which is what its summary says.
  const root = forest.roots.get(commit) ?? "";
  const summary = summaryOf(root);
  const attributes: AttributesFile[] = [];
  const lfs: CommitFacts["lfs"][number][] = [];
  const submodules: CommitFacts["submodules"][number][] = [];
  const isOfInterest = (one: Summary) => one.hasAttributes || one.hasSubmodules || one.hasPointers;
  const walk = (tree: string, prefix: string) => {
    for (const { kind, name, id } of forest.entriesOf(tree) ?? []) {
      const path = prefix + name;
      const pointer = kind === "file" ? pointers.get(id) : undefined;
      if (kind === "directory" && isOfInterest(summaryOf(id))) walk(id, `${path}/`);
      else if (kind === "submodule") submodules.push({ path, commit: id });
      else if (pointer !== undefined) lfs.push({ path, pointer });
      if (name === ".gitattributes" && kind !== "directory") attributes.push({ path, id });
    }
  };
  const isWalkable = summary.problem === undefined && !isEndless(summary, limits);
  if (isWalkable && isOfInterest(summary)) walk(root, "");
  // All of them or none: a macro may be defined in one and used in another.
  const matters = attributes.some(({ id }) => /lfs|export-ignore/.test(texts.get(id) ?? ""));
  const files = (forest.entriesOf(root) ?? []).filter(({ kind }) => kind === "file");
  const rootFiles = new Map(files.map(({ name, id }) => [name, id]));
  return {
    commit,
    root,
    summary,
    attributes: matters ? attributes : [],
    lfs,
    submodules,
    rootFiles,
    answers: new Map(),
    all: undefined,
  };
}

function firstPaths({ lfs, submodules }: Look): string[] {
  const paths = [ROOT_FILE, ...lfs.map(({ path }) => path), ...submodules.map(({ path }) => path)];
  return paths.flatMap((path) => [...parentsOf(path), path]);
}

/** One question for all commits that have the same `.gitattributes`. */
async function ask(local: LocalGit, looks: readonly Look[], pathsOf: (look: Look) => readonly string[]): Promise<void> {
  const groups = Map.groupBy(looks, ({ attributes }) => attributes.map(({ path, id }) => `${id} ${path}`).join("\0"));
  for (const group of groups.values()) {
    const files = group[0]?.attributes ?? [];
    const paths = new Set(files.length === 0 ? [] : group.flatMap(pathsOf));
    const answers = await readAttributes(local, files, paths);
    for (const look of group) look.answers = answers;
  }
}

/** Whether what `export-ignore` leaves out decides: all may be left out, or without it there is too much. */
function needsExactness({ summary, attributes, answers }: Look, limits: InspectLimits): boolean {
  if (summary.problem !== undefined || attributes.length === 0 || isEndless(summary, limits)) return false;
  const { filesMax, sizeBytesMax } = limits;
  const isTooMuch = summary.files > filesMax || summary.sizeBytes > sizeBytesMax;
  return isTooMuch || isLeftOut(ROOT_FILE, answers);
}

function listFiles({ root }: Look, { forest, sizes }: { forest: Forest; sizes: ReadonlyMap<string, number> }) {
  const files: { path: string; sizeBytes: number }[] = [];
  const walk = (tree: string, prefix: string) => {
    for (const { kind, name, id } of forest.entriesOf(tree) ?? []) {
      if (kind === "directory") walk(id, `${prefix}${name}/`);
      else files.push({ path: prefix + name, sizeBytes: sizes.get(id) ?? 0 });
    }
  };
  walk(root, "");
  return files;
}

function toFacts(look: Look, limits: InspectLimits): CommitFacts {
  const { summary, answers, rootFiles } = look;
  const isKept = ({ path }: { path: string }) => !isLeftOut(path, answers);
  const submodules = look.submodules.filter(isKept);
  const kept = look.all?.filter((one) => one.path !== MODULES_FILE && isKept(one));
  return {
    problem: problemOf(summary, limits),
    files: kept === undefined ? summary.files : kept.length - submodules.length,
    sizeBytes: kept === undefined ? summary.sizeBytes : kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    lfs: look.lfs.filter((one) => answers.get(one.path)?.isLfs === true && isKept(one)),
    submodules,
    modulesFile: rootFiles.get(MODULES_FILE),
    lfsConfig: rootFiles.get(".lfsconfig"),
  };
}

function problemOf(summary: Summary, limits: InspectLimits): string | undefined {
  const { problem, files, entries } = summary;
  if (problem !== undefined) {
    return `${problem.path === "" ? "its tree" : `its entry ${JSON.stringify(problem.path)}`} ${problem.why}`;
  }
  // Too many files are told as that.
  if (files > limits.filesMax || !isEndless(summary, limits)) return undefined;
  const count = entries.toLocaleString("en");
  return `its tree has ${count} directories, files and submodules, with longer paths or more than can be packed`;
}

async function readAttributeTexts(local: LocalGit, forest: Forest): Promise<Map<string, string>> {
  const ids = [...forest.attributes];
  const texts = new Map<string, string>();
  let index = 0;
  const limits = { ...local, sizeBytesMax: ATTRIBUTES_BYTES_MAX, headSizeBytes: ATTRIBUTES_BYTES_MAX };
  for await (const object of readObjects(local.git, ids, limits)) {
    const id = ids[index++] ?? "";
    if (object.kind === "missing") continue;
    const text = (object.kind === "found" ? object.content : object.head).toString("latin1");
    texts.set(id, text);
  }
  return texts;
}

async function readPointers(local: LocalGit, sizes: ReadonlyMap<string, number>): Promise<Map<string, LfsPointer>> {
  const ids = [...sizes].flatMap(([id, size]) =>
    size >= POINTER_SIZE_BYTES_MIN && size < POINTER_SIZE_BYTES_MAX ? [id] : [],
  );
  const pointers = new Map<string, LfsPointer>();
  let index = 0;
  for await (const object of readObjects(local.git, ids, { ...local, sizeBytesMax: POINTER_SIZE_BYTES_MAX })) {
    const id = ids[index++] ?? "";
    const pointer = object.kind === "found" ? parsePointer(object.content) : undefined;
    if (pointer !== undefined) pointers.set(id, pointer);
  }
  return pointers;
}
