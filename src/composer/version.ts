import { InvalidVersionError, quoted, TEXT_LENGTH_MAX } from "./errors.ts";
import { asciiLower, END, MODIFIER, phpTrim, SPACE, STABILITY_WORDS } from "./version-grammar.ts";

/** Composer's five stabilities, most stable first. `RC` keeps its capitals because Composer compares it that way. */
export type Stability = "stable" | "RC" | "beta" | "alpha" | "dev";

/** The version Composer gives to a default branch, and what it aliases every default branch to. */
export const DEFAULT_BRANCH_ALIAS = "9999999-dev";

const INLINE_ALIAS = new RegExp(`^([^,${SPACE}]+) +as +[^,${SPACE}]+${END}`);
const STABILITY_FLAG = new RegExp(`@(?:${STABILITY_WORDS})${END}`, "i");
const BUILD_METADATA = new RegExp(String.raw`^([^,${SPACE}+]+)\+[^${SPACE}]+${END}`);
const CLASSICAL = new RegExp(String.raw`^v?(\d{1,5})(\.\d+)?(\.\d+)?(\.\d+)?${MODIFIER}${END}`, "i");
const DATED = new RegExp(String.raw`^v?(\d{4}(?:[.:-]?\d{2}){1,6}(?:[.:-]?\d{1,3})?)${MODIFIER}${END}`, "i");
const DEV_SUFFIX = new RegExp(String.raw`(?:^|\n)([^\n]*?)[.-]?dev${END}`, "i");
const NUMERIC_BRANCH_PART = String.raw`(\.(?:\d+|[xX*]))?`;
const NUMERIC_BRANCH = new RegExp(String.raw`^v?(\d+)${NUMERIC_BRANCH_PART.repeat(3)}${END}`, "i");
const NUMERIC_ALIAS = new RegExp(String.raw`^(\d+(?:\.\d+)*)(?:\.x)?-dev${END}`, "i");
const STABILITY_TAIL = new RegExp(String.raw`${MODIFIER}(?:\+[^\n]*)?${END}`, "i");

/**
 * Turns a version as people write it (`v1.2`, `1.0beta2`, `2024.05.01`, `dev-main`) into the one form Composer
 * compares (VersionParser::normalize). Throws InvalidVersionError where Composer throws.
 */
export function normalizeVersion(version: string): string {
  if (version.length > TEXT_LENGTH_MAX) {
    throw new InvalidVersionError(`${quoted(version)} is longer than ${TEXT_LENGTH_MAX} characters`);
  }
  let text = phpTrim(version);
  text = INLINE_ALIAS.exec(text)?.[1] ?? text;
  const flag = STABILITY_FLAG.exec(text);
  if (flag) text = text.slice(0, -flag[0].length);
  if (text === "master" || text === "trunk" || text === "default") text = `dev-${text}`;
  if (/^dev-/i.test(text)) return `dev-${text.slice(4)}`;
  text = BUILD_METADATA.exec(text)?.[1] ?? text;
  const normalized = normalizeNumeric(text) ?? normalizeNumericBranch(text);
  if (normalized === undefined) throw new InvalidVersionError(`${quoted(version)} is not a valid version`);
  return normalized;
}

function normalizeNumeric(text: string): string | undefined {
  const classical = CLASSICAL.exec(text);
  if (classical) {
    const [, major = "", minor = ".0", patch = ".0", build = ".0", word, number, dev] = classical;
    return withModifier(`${major}${minor}${patch}${build}`, word, number, dev);
  }
  const dated = DATED.exec(text);
  if (dated) {
    const [, date = "", word, number, dev] = dated;
    return withModifier(date.replace(/[^0-9]/g, "."), word, number, dev);
  }
  return undefined;
}

/** Only the lower-case word `stable` ends the version there; Composer keeps `-stable` when it was written in capitals. */
function withModifier(numbers: string, word = "", number = "", dev = ""): string {
  if (word === "stable") return numbers;
  const modifier = word === "" ? "" : `-${expandStability(word)}${number.replace(/^[.-]+/, "")}`;
  return `${numbers}${modifier}${dev === "" ? "" : "-dev"}`;
}

function expandStability(word: string): string {
  const lower = asciiLower(word);
  switch (lower) {
    case "a":
      return "alpha";
    case "b":
      return "beta";
    case "p":
    case "pl":
      return "patch";
    case "rc":
      return "RC";
    default:
      return lower;
  }
}

/** `1.x-dev` and the like: a dev suffix is accepted on a numeric branch only, `feature-dev` must be `dev-feature`. */
function normalizeNumericBranch(text: string): string | undefined {
  const branch = DEV_SUFFIX.exec(text)?.[1];
  if (branch === undefined) return undefined;
  const normalized = normalizeBranch(branch);
  return normalized.includes("dev-") ? undefined : normalized;
}

/**
 * The version of a branch (VersionParser::normalizeBranch): a numeric branch becomes the highest version it could
 * ever release (`1.x` → `1.9999999.9999999.9999999-dev`), every other one `dev-` and its name.
 */
export function normalizeBranch(name: string): string {
  const trimmed = phpTrim(name);
  const numeric = NUMERIC_BRANCH.exec(trimmed);
  if (!numeric) return `dev-${trimmed}`;
  const [, major = ""] = numeric;
  const rest: readonly (string | undefined)[] = numeric.slice(2);
  const parts = rest.map((part) => (part ?? ".x").replace(/[*X]/g, "x"));
  return `${major}${parts.join("")}-dev`.replace(/x/g, "9999999");
}

/** The names that Composer 1 took for a default branch; kept because Semver's own sorting still does (normalizeDefaultBranch). */
export function normalizeDefaultBranch(version: string): string {
  return version === "dev-master" || version === "dev-default" || version === "dev-trunk"
    ? DEFAULT_BRANCH_ALIAS
    : version;
}

/** `2.1.x-dev` → `2.1.`: what an alias of that branch has to start with (VersionParser::parseNumericAliasPrefix). */
export function parseNumericAliasPrefix(branch: string): string | undefined {
  const numbers = NUMERIC_ALIAS.exec(branch)?.[1];
  return numbers === undefined ? undefined : `${numbers}.`;
}

/** How stable a version calls itself (VersionParser::parseStability). Any text has an answer; nonsense is "stable", as in Composer. */
export function stabilityOf(version: string): Stability {
  // Only the end of the text decides, so an absurdly long one need not be searched whole.
  const text = withoutReference(version.slice(-TEXT_LENGTH_MAX));
  if (version.startsWith("dev-") || text.endsWith("-dev")) return "dev";
  const [, word, , dev] = STABILITY_TAIL.exec(asciiLower(text)) ?? [];
  if (dev !== undefined) return "dev";
  if (word === "beta" || word === "b") return "beta";
  if (word === "alpha" || word === "a") return "alpha";
  return word === "rc" ? "RC" : "stable";
}

/** Cuts `#` and what follows it on the last line, which is how a constraint pins a commit. */
function withoutReference(text: string): string {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const hash = body.indexOf("#", body.lastIndexOf("\n") + 1);
  if (hash === -1 || hash === body.length - 1) return text;
  return text.slice(0, hash) + text.slice(body.length);
}
