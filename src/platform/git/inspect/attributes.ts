import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { LocalGit } from "./forest.ts";

/** A `.gitattributes` of a commit. */
export interface AttributesFile {
  readonly path: string;
  readonly id: string;
}

/** What the attributes of a commit say of a path. */
export interface Attributes {
  readonly isExportIgnored: boolean;
  readonly isLfs: boolean;
}

/** Directories end in a slash, as git asks for them. */
export type AttributesOf = ReadonlyMap<string, Attributes>;

/**
 * What git itself makes of some `.gitattributes` for some paths. git 2.37 reads them from an index or a work tree only,
 * so they are put into an index of their own, with nothing else in it.
 */
export async function readAttributes(
  local: LocalGit,
  files: readonly AttributesFile[],
  paths: ReadonlySet<string>,
): Promise<AttributesOf> {
  const found = new Map<string, Attributes>();
  if (files.length === 0 || paths.size === 0) return found;
  // Not in the mirror, where the next sync removes what looks left over.
  const directory = await mkdtemp(join(tmpdir(), "package-broker-attributes-"));
  const limits = { ...local, indexFile: join(directory, "index") };
  try {
    const lines = files.map(({ path, id }) => `100644 ${id} 0\t${path}\0`);
    await local.git.run(["update-index", "-z", "--index-info"], { ...limits, stdin: lines.join("") });
    const question = ["check-attr", "--cached", "-z", "--stdin", "export-ignore", "filter"];
    for (const chunk of inChunks([...paths])) {
      const output = await local.git.run(question, { ...limits, stdin: chunk.map((path) => `${path}\0`).join("") });
      readAnswer(output.toString("utf8"), found);
      await setImmediate();
    }
    return found;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const PATHS_AT_ONCE = 10_000;
const PATH_CHARACTERS_AT_ONCE = 1_000_000;

function* inChunks(paths: readonly string[]): Generator<string[]> {
  let chunk: string[] = [];
  let length = 0;
  for (const path of paths) {
    chunk.push(path);
    length += path.length;
    if (chunk.length < PATHS_AT_ONCE && length < PATH_CHARACTERS_AT_ONCE) continue;
    yield chunk;
    chunk = [];
    length = 0;
  }
  if (chunk.length > 0) yield chunk;
}

/** `path NUL attribute NUL value NUL`, for each path and attribute. */
function readAnswer(text: string, found: Map<string, Attributes>): void {
  const fields = text.split("\0");
  for (let index = 0; index + 5 < fields.length; index += 6) {
    const path = fields[index] ?? "";
    found.set(path, { isExportIgnored: fields[index + 2] === "set", isLfs: fields[index + 5] === "lfs" });
  }
}

/** Whether `git archive` leaves a path out: because of itself, or of a directory that it is in. */
export function isLeftOut(path: string, attributes: AttributesOf): boolean {
  return [...parentsOf(path), path].some((one) => attributes.get(one)?.isExportIgnored === true);
}

/** `a/b/c` → `a/`, `a/b/`. */
export function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => `${parts.slice(0, index + 1).join("/")}/`);
}
