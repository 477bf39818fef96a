import { InvalidConstraintError, InvalidVersionError, quoted } from "./errors.ts";
import { normalizeVersion, stabilityOf } from "./version.ts";
import { asciiLower, END, MODIFIER, SPACE, STABILITY_WORDS } from "./version-grammar.ts";
import type { Operator } from "./version-order.ts";

/** A parsed constraint: immutable plain data, so it can be kept in a cache and shared. */
export type Constraint =
  | { readonly kind: "any-version" }
  | { readonly kind: "comparison"; readonly operator: Operator; readonly version: string }
  | { readonly kind: "all-of"; readonly constraints: readonly Constraint[] }
  | { readonly kind: "one-of"; readonly constraints: readonly Constraint[] };

/** Major, minor, patch, build (1–4), stability word, number, dev (5–7), or `.x-dev` (8); build metadata is ignored. */
const VERSION =
  String.raw`v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.(\d+))?(?:${MODIFIER}|\.([xX*][.-]?dev))` +
  String.raw`(?:\+[^${SPACE}]+)?`;

const INLINE_ALIAS = new RegExp(`^([^,${SPACE}]+) +as +[^,${SPACE}]+${END}`);
const STABILITY_FLAG = new RegExp(`^([^,${SPACE}]*?)@(${STABILITY_WORDS})${END}`, "i");
const REFERENCE = new RegExp(String.raw`^(dev-[^,${SPACE}@]+?|[^,${SPACE}@]+?\.x-dev)#[^\n]+${END}`, "i");
const ANY_VERSION = new RegExp(String.raw`^(v)?[xX*](\.[xX*])*${END}`, "i");
const TILDE = new RegExp(`^~>?${VERSION}${END}`, "i");
const CARET = new RegExp(String.raw`^\^${VERSION}${END}`, "i");
const WILDCARD = new RegExp(String.raw`^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:\.[xX*])+${END}`);
const HYPHEN = new RegExp(`^(${VERSION}) +- +(${VERSION})${END}`, "i");
const COMPARISON = new RegExp(String.raw`^(<>|!=|>=?|<=?|==?)?[${SPACE}]*([^\n]*)`);
/** Without the i flag on purpose: Composer forgot it, so a lower-cased `-rc1` is not recognised here. */
const UNSTABLE_TAIL = new RegExp(`-${MODIFIER}${END}`);

/** Major, minor, patch and build as matched; what was not written is undefined. */
type Numbers = readonly (string | undefined)[];

const INT64_MAX = 2n ** 63n - 1n;

/** Parses one constraint without commas or pipes (the private VersionParser::parseConstraint): one or two comparisons. */
export function parseSingleConstraint(source: string): Constraint[] {
  let text = INLINE_ALIAS.exec(source)?.[1] ?? source;
  let flag = "";
  const flagged = STABILITY_FLAG.exec(text);
  if (flagged) {
    text = flagged[1] === undefined || flagged[1] === "" ? "*" : flagged[1];
    flag = flagged[2] === undefined || flagged[2] === "stable" ? "" : flagged[2];
  }
  text = withoutReference(text);
  try {
    return (
      parseAnyVersion(text) ??
      parseTilde(text) ??
      parseCaret(text) ??
      parseWildcard(text) ??
      parseHyphen(text) ?? [parseComparison(text, flag)]
    );
  } catch (error) {
    if (error instanceof InvalidVersionError) {
      throw new InvalidConstraintError(`${quoted(source)} is not a valid version constraint`, { cause: error });
    }
    throw error;
  }
}

/** A reference reaches to the end of the text, so one with a line feed within it need not be searched for, `#` by `#`. */
function withoutReference(text: string): string {
  const lineFeed = text.indexOf("\n");
  if (lineFeed !== -1 && lineFeed < text.length - 1) return text;
  return REFERENCE.exec(text)?.[1] ?? text;
}

function parseAnyVersion(text: string): Constraint[] | undefined {
  const match = ANY_VERSION.exec(text);
  if (!match) return undefined;
  const isBare = match[1] === undefined && match[2] === undefined;
  return isBare ? [{ kind: "any-version" }] : [comparison(">=", "0.0.0.0-dev")];
}

/** `~1.2` allows the last number given to grow: up to, not including, the next value of the one before it. */
function parseTilde(text: string): Constraint[] | undefined {
  const match = TILDE.exec(text);
  if (!match) return undefined;
  if (text.startsWith("~>")) {
    throw new InvalidConstraintError(`${quoted(text)} has the operator "~>", which Composer spells "~"`);
  }
  const numbers: Numbers = match.slice(1, 5);
  const given = numbers.findLastIndex((part) => part !== undefined);
  // `~2.x-dev` counts the x as a number although the pattern keeps it apart.
  const position = Math.max(0, given) + 1 + (match[8] === undefined ? 0 : 1);
  return range(`${text}${devUnlessModified(match, 5)}`.slice(1), numbers, Math.max(1, position - 1));
}

/** `^1.2` allows everything that keeps the leftmost number that is not zero. */
function parseCaret(text: string): Constraint[] | undefined {
  const match = CARET.exec(text);
  if (!match) return undefined;
  const numbers: Numbers = match.slice(1, 5);
  const [major, minor, patch] = numbers;
  const position = major !== "0" || minor === undefined ? 1 : minor !== "0" || patch === undefined ? 2 : 3;
  return range(`${text}${devUnlessModified(match, 5)}`.slice(1), numbers, position);
}

/** `1.2.*` is everything that starts with `1.2`, pre-releases of `1.2.0` among it. */
function parseWildcard(text: string): Constraint[] | undefined {
  const match = WILDCARD.exec(text);
  if (!match) return undefined;
  const numbers: Numbers = match.slice(1, 4);
  const position = numbers.findLastIndex((part) => part !== undefined) + 1;
  const low = `${padded(numbers, position)}-dev`;
  const high = comparison("<", `${padded(incremented(numbers, position), position)}-dev`);
  return low === "0.0.0.0-dev" ? [high] : [comparison(">=", low), high];
}

/** `1.0 - 2.0` includes both ends; an end with fewer than three numbers stands for everything that starts with it. */
function parseHyphen(text: string): Constraint[] | undefined {
  const match = HYPHEN.exec(text);
  if (!match) return undefined;
  const [from = "", to = ""] = [match[1], match[10]];
  const low = comparison(">=", `${normalizeVersion(from)}${devUnlessModified(match, 6)}`);
  const high = normalizeVersion(to);
  const isComplete = match[12] !== undefined && match[13] !== undefined;
  if (isComplete || devUnlessModified(match, 15) === "") return [low, comparison("<=", high)];
  const numbers: Numbers = match.slice(11, 15);
  const position = match[12] === undefined ? 1 : 2;
  return [low, comparison("<", `${padded(incremented(numbers, position), position)}-dev`)];
}

function parseComparison(text: string, flag: string): Constraint {
  const [, sign = "", target = ""] = COMPARISON.exec(text) ?? [];
  const operator = toOperator(sign);
  const version = normalizeTarget(target);
  if (operator !== "==" && flag !== "" && stabilityOf(version) === "stable") {
    return comparison(operator, `${version}-${flag}`);
  }
  const isOpenEnd = operator === "<" || operator === ">=";
  const needsDev = isOpenEnd && !UNSTABLE_TAIL.test(asciiLower(target)) && !target.startsWith("dev-");
  return comparison(operator, needsDev ? `${version}-dev` : version);
}

/** `feature-dev` is forgiven where a constraint is read, though it is no valid version: it means `dev-feature`. */
function normalizeTarget(target: string): string {
  try {
    return normalizeVersion(target);
  } catch (error) {
    if (!(error instanceof InvalidVersionError) || !/^[0-9a-zA-Z./-]*-dev$/.test(target)) throw error;
    return normalizeVersion(`dev-${target.slice(0, -4)}`);
  }
}

function toOperator(sign: string): Operator {
  switch (sign) {
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "!=":
      return sign;
    case "<>":
      return "!=";
    default:
      return "==";
  }
}

/** The bare number of a range stands for its earliest pre-release, one with a modifier for itself. */
function devUnlessModified(match: RegExpExecArray, wordIndex: number): "" | "-dev" {
  const isModified = match[wordIndex] ?? match[wordIndex + 2] ?? match[wordIndex + 3];
  return isModified === undefined ? "-dev" : "";
}

function range(low: string, numbers: Numbers, position: number): Constraint[] {
  const high = padded(incremented(numbers, position), position);
  return [comparison(">=", normalizeVersion(low)), comparison("<", `${high}-dev`)];
}

function comparison(operator: Operator, version: string): Constraint {
  return { kind: "comparison", operator, version };
}

/** The first `position` numbers, filled up with zeros to four. */
function padded(numbers: Numbers, position: number): string {
  return [0, 1, 2, 3].map((index) => (index < position ? (numbers[index] ?? "0") : "0")).join(".");
}

function incremented(numbers: Numbers, position: number): Numbers {
  return numbers.map((part, index) => (index === position - 1 ? phpIncrement(part ?? "0") : part));
}

/** PHP's `"9" + 1` as text: beyond 64 bits it turns into a float, which PHP writes with 14 digits and `E+`. */
function phpIncrement(digits: string): string {
  const next = BigInt(digits) + 1n;
  if (next <= INT64_MAX) return next.toString();
  const float = Number(digits) + 1;
  if (!Number.isFinite(float)) return "INF";
  const [mantissa = "", exponent = ""] = float.toExponential(13).split("e+");
  const shortest = mantissa.replace(/0+$/, "");
  return `${shortest.endsWith(".") ? `${shortest}0` : shortest}E+${exponent}`;
}
