import type { JsonObject } from "../../../composer/index.ts";
import type { CommitFile, GitMirror } from "../../../platform/git/index.ts";

/** What hints are made of; the same for a sync and for the test of a source. */
export interface HintFacts {
  /** What people call the default branch. */
  readonly branch: string;
  /** Of the default branch. */
  readonly head: CommitFacts;
  /** Of the newest stable version; the same as `head` where there is none, or where it was not looked at. */
  readonly release: CommitFacts;
  /** What is or would be published. */
  readonly versions: readonly KnownVersion[];
  readonly url: string;
  /** As they are stored. */
  readonly filters: readonly string[];
}

export interface KnownVersion {
  /** Where it is known. */
  readonly package: string | null;
  readonly version: string;
  readonly stability: string;
}

/** What stands in a commit. */
export interface CommitFacts {
  readonly files: readonly CommitFile[];
  /** The beginning of the files at the root that are worth a look, by path: see {@link isReadAtRoot}. */
  readonly texts: ReadonlyMap<string, string>;
  /** Of the root; undefined where there is none that is an object. */
  readonly composerJson: JsonObject | undefined;
}

const TEXT_BYTES_MAX = 64 * 1024;
const PHP_FILES_MAX = 20;
const NAMES = new Set(["composer.json", "package.json", ".gitignore", ".gitmodules", "style.css"]);

/** Which files at the root are read; another hint may want more. */
function isReadAtRoot(path: string): boolean {
  return NAMES.has(path) || /^[^/]+\.(php|info\.yml)$/.test(path);
}

/** Lists a commit and reads what tells of which kind it is. */
export async function readCommitFacts(
  mirror: Pick<GitMirror, "listFiles" | "readObjects">,
  commit: string,
): Promise<CommitFacts> {
  const files = await mirror.listFiles(commit);
  const wanted = files.filter(({ path, kind }) => kind === "file" && isReadAtRoot(path)).map(({ path }) => path);
  const named = wanted.filter((path) => !path.endsWith(".php"));
  const php = wanted.filter((path) => path.endsWith(".php")).slice(0, PHP_FILES_MAX);
  const paths = [...named, ...php].filter((path) => !/[\r\n]/.test(path));
  const texts = new Map<string, string>();
  const objects = mirror.readObjects(
    paths.map((path) => `${commit}:${path}`),
    TEXT_BYTES_MAX,
    TEXT_BYTES_MAX,
  );
  let index = 0;
  for await (const object of objects) {
    const path = paths[index++] ?? "";
    if (object.kind === "missing") continue;
    texts.set(path, (object.kind === "found" ? object.content : object.head).toString("utf8"));
  }
  return { files, texts, composerJson: parseObject(texts.get("composer.json")) };
}

function parseObject(text: string | undefined): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text?.replace(/^\uFEFF/, "") ?? "null");
    return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
