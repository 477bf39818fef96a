/**
 * The fields that decide what an installed package does. Wrong ones are refused, not dropped: a package that installs
 * without its autoloading or its binaries would only fail later, at the customer's.
 */
import { ComposerJsonError, quoted } from "./errors.ts";
import { isContainer, isIntegerKey, isJsonObject, membersOf, type JsonObject, type JsonValue } from "./json-value.ts";
import { normalizeBranch, parseNumericAliasPrefix } from "./version.ts";
import { asciiLower, phpTrim } from "./version-grammar.ts";

const AUTOLOAD_TYPES = ["psr-0", "psr-4", "classmap", "files", "exclude-from-classmap"];

/** A string that PHP can use as a path: some of its file functions throw on a NUL byte, in the middle of an install. */
function readPath(label: string, value: JsonValue): string {
  if (typeof value !== "string") throw new ComposerJsonError(`${quoted(label)} must be a string`);
  if (value.includes("\0")) throw new ComposerJsonError(`${quoted(label)} must not contain a NUL character`);
  return value;
}

/** `type`: any string, lower-cased by Composer itself. It picks the installer, so an unusual one is kept as it is. */
export function readType(value: JsonValue | undefined): string | undefined {
  return readOptionalPath("type", value);
}

/** `target-dir`: a string; Composer removes `..` from it. */
export function readTargetDir(value: JsonValue | undefined): string | undefined {
  return readOptionalPath("target-dir", value);
}

function readOptionalPath(field: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = readPath(field, value);
  return phpTrim(text) === "" ? undefined : text;
}

/**
 * `bin`: one path or several. A `..` in one is refused because Composer since 2.10 aborts the install over it
 * (ValidatingArrayLoader::validatePackage), as it would make a file outside of the package executable.
 */
export function readBin(value: JsonValue | undefined): string | readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const members = membersOf(value);
  const paths = (members ?? [value]).map((path) => readPath("bin", path)).filter((path) => phpTrim(path) !== "");
  const escaping = paths.find((path) => /(?:^|[\\/])\.\.(?:[\\/]|(?=\n?$))/.test(path));
  if (escaping !== undefined)
    throw new ComposerJsonError(`"bin": ${quoted(escaping)} must not contain a ".." path segment`);
  return members === undefined ? paths[0] : nonEmpty(paths);
}

/** `include-path`: a list of paths. */
export function readIncludePath(value: JsonValue | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  const members = membersOf(value);
  if (!members) throw new ComposerJsonError(`"include-path" must be an array of strings`);
  return nonEmpty(members.map((path) => readPath("include-path", path)));
}

/**
 * `autoload`, checked for what makes Composer stop while it writes the autoloader: wrong types, and the two rules of
 * AutoloadGenerator::validatePackage (namespaces end in a backslash, psr-4 excludes target-dir).
 */
export function readAutoload(value: JsonValue | undefined, targetDir: string | undefined): JsonObject | undefined {
  const autoload = readObject("autoload", value);
  if (!autoload) return undefined;
  for (const type of AUTOLOAD_TYPES) {
    const config = autoload[type];
    if (Object.hasOwn(autoload, type) && config !== undefined && config !== null) checkAutoloadType(type, config);
  }
  if (targetDir !== undefined && membersOf(autoload["psr-4"])?.length) {
    throw new ComposerJsonError(`"target-dir" cannot be used together with "autoload.psr-4"`);
  }
  return autoload;
}

function checkAutoloadType(type: string, config: JsonValue): void {
  const label = `autoload.${type}`;
  const isMap = type === "psr-4" || type === "psr-0";
  if (!isContainer(config)) {
    // Composer skips other types that are no arrays, but iterates over psr-4 regardless.
    if (type === "psr-4") throw new ComposerJsonError(`${quoted(label)} must be an object of namespaces and paths`);
    return;
  }
  for (const [key, paths] of Object.entries<JsonValue>(config)) {
    if (isMap && isIntegerKey(key)) {
      throw new ComposerJsonError(`${quoted(label)} must be an object of namespaces and paths`);
    }
    if (type === "psr-4" && key !== "" && !key.endsWith("\\")) {
      throw new ComposerJsonError(`${quoted(label)}: the namespace ${quoted(key)} must end in a backslash`);
    }
    for (const path of membersOf(paths) ?? [paths]) readPath(label, path);
  }
}

/** `extra`, verbatim but for branch aliases that Composer would ignore or stumble over. */
export function readExtra(value: JsonValue | undefined): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).flatMap(([key, member]): [string, JsonValue][] => {
    if (key !== "branch-alias") return [[key, member]];
    const aliases = Object.entries(isJsonObject(member) ? member : {}).filter(([from, to]) => isBranchAlias(from, to));
    return aliases.length === 0 ? [] : [[key, Object.fromEntries(aliases)]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/**
 * Whether `extra.branch-alias` may map a branch to this target (the rule of ArrayLoader::getBranchAlias): a numeric
 * branch ending in `-dev`, and for a numeric source one that lies within it.
 */
export function isBranchAlias(source: string, target: JsonValue): target is string {
  if (typeof target !== "string" || !target.endsWith("-dev")) return false;
  if (!normalizeBranch(target.slice(0, -4)).endsWith("-dev")) return false;
  const sourcePrefix = parseNumericAliasPrefix(source);
  const targetPrefix = parseNumericAliasPrefix(target);
  return (
    sourcePrefix === undefined ||
    targetPrefix === undefined ||
    asciiLower(targetPrefix).startsWith(asciiLower(sourcePrefix))
  );
}

function readObject(field: string, value: JsonValue | undefined): JsonObject | undefined {
  if (value === undefined || value === null || membersOf(value)?.length === 0) return undefined;
  if (!isJsonObject(value)) throw new ComposerJsonError(`${quoted(field)} must be an object`);
  return value;
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}
