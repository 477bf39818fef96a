import {
  ComposerJsonError,
  OverBudgetError,
  parsePackageName,
  patternCovers,
  readComposerJson,
  toPackageVersion,
  versionOfBranch,
  versionOfTag,
  writeExact,
} from "../../composer/index.ts";
import type { ComposerJson, GrantPattern, PackageVersionId } from "../../composer/index.ts";
import type { ReadObject, RemoteRef } from "../../platform/git/index.ts";
import { overBudget, overLinkBudget } from "./reading-budgets.ts";
import type { ReadingBudgets, VersionSize } from "./reading-budgets.ts";

/** A commit or tag has some hundred bytes; a larger object than this is not even taken from git. */
const OBJECT_SIZE_BYTES_MAX = 1_000_000;

/** Grows when the same bytes would be read differently, so that every source is read again. */
export const READER_VERSION = 6;

/** What a branch or tag says of itself, ready to be published. */
export interface ReadVersion {
  readonly packageName: string;
  readonly id: PackageVersionId;
  /** JSON of the p2 entry without dist, time and published-time. */
  readonly metadata: string;
  /** Author's date: what Composer shows as `time`. */
  readonly time: number;
  readonly commitDate: number;
  /** Of an annotated tag. */
  readonly tagDate: number | undefined;
}

/** A branch or tag that is no version, and why; `label` is what it would have been, as far as known. */
export interface SkippedReading {
  readonly skipped: string;
  readonly label: string | null;
  /** The id of the source whose name it is, where that is why. */
  readonly ownedBy?: string | undefined;
  /** Of a version for which its package has no room: what it would have taken, so that what is older finds none either. */
  readonly wouldTake?: VersionSize | undefined;
}

export interface ReadingRules {
  readonly budgets: ReadingBudgets;
  readonly filters: readonly GrantPattern[];
  readonly defaultRef: string | undefined;
  /** The name of the default branch, which every version gets: a package is renamed in one place, as with Composer. */
  readonly rootName: string | undefined;
}

/** The objects of one ref, in the order of {@link objectNamesOf}. */
export interface RefObjects {
  readonly tag: ReadObject | undefined;
  readonly commit: ReadObject;
  readonly composerJson: ReadObject;
}

/** What must be asked of git to read a ref: the tag object (of an annotated tag only), the commit, the composer.json. */
export function objectNamesOf(ref: RemoteRef): string[] {
  const ofCommit = [ref.targetId, `${ref.targetId}:composer.json`];
  return ref.objectId === ref.targetId ? ofCommit : [ref.objectId, ...ofCommit];
}

/** The package name in a composer.json, whatever else is wrong with it. */
export function nameInComposerJson(object: ReadObject): string | undefined {
  const text = textOf(object);
  if (typeof text !== "string") return undefined;
  try {
    const json: unknown = JSON.parse(text);
    const name = typeof json === "object" && json !== null && "name" in json ? json.name : undefined;
    const parsed = typeof name === "string" ? parsePackageName(name) : undefined;
    return parsed?.ok === true ? parsed.value : undefined;
  } catch {
    return undefined;
  }
}

/** Up to which size objects are asked of git. */
export function objectSizeMax({ versionMetadataBytesMax }: ReadingBudgets): number {
  return Math.max(OBJECT_SIZE_BYTES_MAX, versionMetadataBytesMax);
}

/** Reads one ref by Composer's rules. Whatever is wrong with it is its own affair: it is skipped, with the reason. */
export function readRef(ref: RemoteRef, objects: RefObjects, rules: ReadingRules): ReadVersion | SkippedReading {
  const label = rules.rootName ?? null;
  if (objects.commit.kind === "too_large") {
    return { skipped: `its commit has ${objects.commit.sizeBytes} bytes, more than ${OBJECT_SIZE_BYTES_MAX}`, label };
  }
  if (objects.commit.kind !== "found" || objects.commit.type !== "commit") {
    return { skipped: "it does not lead to a commit", label };
  }
  const dates = commitDates(objects.commit.content);
  if (dates === undefined) return { skipped: "its commit has no readable dates", label };
  const { budgets } = rules;
  const size = sizeOf(objects.composerJson);
  if (size > budgets.versionMetadataBytesMax) {
    return { skipped: overBudget(`its composer.json has ${size} bytes`, "versionMetadataBytesMax", budgets), label };
  }
  const text = textOf(objects.composerJson);
  if (typeof text !== "string") return { ...text, label };
  try {
    return readVersion(ref, text, rules, { ...dates, tagDate: tagDate(objects.tag) });
  } catch (error) {
    if (error instanceof OverBudgetError) return { skipped: overLinkBudget(error, budgets), label };
    if (error instanceof ComposerJsonError) return { skipped: `composer.json ${error.message}`, label };
    throw error;
  }
}

interface Dates {
  time: number;
  commitDate: number;
  tagDate: number | undefined;
}

function readVersion(ref: RemoteRef, text: string, rules: ReadingRules, dates: Dates): ReadVersion | SkippedReading {
  const { rootName, budgets } = rules;
  const composerJson = readComposerJson(text, {
    budgets,
    ...(rootName === undefined ? {} : { packageName: rootName }),
  });
  const packageName = composerJson.name;
  const id = versionOf(ref, composerJson, rules);
  if ("skipped" in id) return { skipped: id.skipped, label: packageName };
  const label = `${packageName} ${id.version}`;
  if (rules.filters.length > 0 && !rules.filters.some((pattern) => patternCovers(pattern, packageName))) {
    return { skipped: `${packageName} is outside the filters of the source`, label };
  }
  const entry = toPackageVersion(composerJson, {
    name: packageName,
    version: id.version,
    versionNormalized: id.versionNormalized,
    defaultBranch: id.defaultBranch,
  });
  const metadata = writeExact(entry);
  const size = Buffer.byteLength(metadata);
  // Of composer.json itself nothing is added but names and numbers; these can be long, too.
  if (size > budgets.versionMetadataBytesMax) {
    return { skipped: overBudget(`its metadata has ${size} bytes`, "versionMetadataBytesMax", budgets), label };
  }
  return { packageName, id, metadata, ...dates };
}

function versionOf(ref: RemoteRef, composerJson: ComposerJson, rules: ReadingRules) {
  return isTag(ref.ref)
    ? versionOfTag(ref.ref.slice("refs/tags/".length), composerJson.version)
    : versionOfBranch(ref.ref.slice("refs/heads/".length), { isDefault: ref.ref === rules.defaultRef });
}

export function isTag(ref: string): boolean {
  return ref.startsWith("refs/tags/");
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const WITH_BYTE_ORDER_MARK = {
  skipped: "its composer.json begins with a byte order mark, which Composer refuses: save it without BOM",
};
const NO_COMPOSER_JSON = { skipped: "it has no composer.json" };

/** The text, or why there is none. An empty file or object counts as none, as with Composer. */
function textOf(object: ReadObject): string | { skipped: string } {
  if (object.kind !== "found" || object.type !== "blob") return NO_COMPOSER_JSON;
  try {
    const text = UTF8.decode(object.content);
    if (text.startsWith("\uFEFF")) return WITH_BYTE_ORDER_MARK;
    return /^\s*([{[]\s*[}\]])?\s*$/.test(text) ? NO_COMPOSER_JSON : text;
  } catch {
    return { skipped: "its composer.json is not UTF-8" };
  }
}

function sizeOf(object: ReadObject): number {
  if (object.kind === "missing" || object.type !== "blob") return 0;
  return object.kind === "too_large" ? object.sizeBytes : object.content.length;
}

function commitDates(content: Buffer): { time: number; commitDate: number } | undefined {
  const header = headerOf(content);
  const time = dateOf(header, "author");
  const commitDate = dateOf(header, "committer");
  return time === undefined || commitDate === undefined ? undefined : { time, commitDate };
}

function tagDate(object: ReadObject | undefined): number | undefined {
  return object?.kind === "found" && object.type === "tag" ? dateOf(headerOf(object.content), "tagger") : undefined;
}

function headerOf(content: Buffer): string {
  const end = content.indexOf("\n\n");
  return content.toString("latin1", 0, end === -1 ? content.length : end);
}

/** The last second that RFC 3339 can write. */
const LAST_SECOND = 253_402_300_799;

function dateOf(header: string, field: "author" | "committer" | "tagger"): number | undefined {
  const seconds = new RegExp(`^${field} .*> (-?\\d+) [+-]\\d+$`, "m").exec(header)?.[1];
  return seconds === undefined ? undefined : Math.min(Math.max(Number(seconds), 0), LAST_SECOND);
}
