/** The outcome of a comparison, as PHP's version_compare() gives it. */
export type Ordering = -1 | 0 | 1;

/** Stands for "a number" when a number meets a word; PHP uses the same sentinel and never rewrites a text that starts with `#`. */
const NUMBER_FORM = "#N#";
const FORM_ORDER: readonly (readonly [string, number])[] = [
  ["dev", 0],
  ["alpha", 1],
  ["a", 1],
  ["beta", 2],
  ["b", 2],
  ["RC", 3],
  ["rc", 3],
  ["#", 4],
  ["pl", 5],
  ["p", 5],
];
const INT64_MAX = "9223372036854775807";

/**
 * PHP's version_compare(): splits both texts into numbers and words and compares them one by one, where
 * unknown word < dev < alpha < beta < RC < (end of text, number) < patch.
 */
export function phpVersionCompare(left: string, right: string): Ordering {
  const a = toCString(left);
  const b = toCString(right);
  if (a === "" || b === "") return signOf(a.length - b.length);
  return compareParts(canonicalParts(a), canonicalParts(b));
}

/**
 * The same text for two versions exactly when phpVersionCompare() calls them equal, so that many can be looked up among
 * many. For normalized versions, in which no part is left empty.
 */
export function phpVersionKey(version: string): string {
  const parts = canonicalParts(toCString(version));
  return parts.map((part) => (isDigit(part) ? clampedDigits(part) : `${NUMBER_FORM}${orderOfForm(part)}`)).join(".");
}

/** PHP sees bytes and stops at the first NUL; outside ASCII one character is several bytes, each of them a separator. */
function toCString(text: string): string {
  const bytes = /^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, "utf8").toString("latin1");
  const nul = bytes.indexOf("\0");
  return nul === -1 ? bytes : bytes.slice(0, nul);
}

/** Puts a dot between digits and letters and in place of everything that is neither, then splits at the dots. */
function canonicalParts(version: string): string[] {
  if (version.startsWith("#")) return version.split(".");
  let result = version.charAt(0);
  let previous = result;
  for (let index = 1; index < version.length; index += 1) {
    const current = version.charAt(index);
    const changesKind = (isNonDigit(previous) && isDigit(current)) || (isDigit(previous) && isNonDigit(current));
    const kept = isSeparator(current) ? "" : changesKind || /[0-9A-Za-z]/.test(current) ? current : "";
    const separated = kept === "" || changesKind;
    if (separated && !result.endsWith(".")) result += ".";
    result += kept;
    previous = current;
  }
  return result.split(".");
}

function compareParts(a: readonly string[], b: readonly string[]): Ordering {
  let indexA = 0;
  let indexB = 0;
  let moreA = true;
  let moreB = true;
  while (moreA && moreB && !isSpent(a, indexA) && !isSpent(b, indexB)) {
    const order = compareOne(a[indexA] ?? "", b[indexB] ?? "");
    if (order !== 0) return order;
    moreA = indexA < a.length - 1;
    moreB = indexB < b.length - 1;
    if (moreA) indexA += 1;
    if (moreB) indexB += 1;
  }
  // One text is longer: a further number makes it greater, a further word is weighed against "a number".
  if (moreA) return isDigit(a[indexA] ?? "") ? 1 : phpVersionCompare(a.slice(indexA).join("."), NUMBER_FORM);
  if (moreB) return isDigit(b[indexB] ?? "") ? -1 : phpVersionCompare(NUMBER_FORM, b.slice(indexB).join("."));
  return 0;
}

/** Whether nothing but an empty last part is left, as after a trailing separator. */
function isSpent(parts: readonly string[], index: number): boolean {
  return index === parts.length - 1 && parts[index] === "";
}

function compareOne(a: string, b: string): Ordering {
  if (isDigit(a) && isDigit(b)) return compareNumbers(a, b);
  return signOf(orderOfForm(isDigit(a) ? NUMBER_FORM : a) - orderOfForm(isDigit(b) ? NUMBER_FORM : b));
}

function orderOfForm(part: string): number {
  return FORM_ORDER.find(([form]) => part.startsWith(form))?.[1] ?? -1;
}

/** Compares like C's strtol(): leading digits only, and everything above the 64-bit maximum is that maximum. */
function compareNumbers(a: string, b: string): Ordering {
  if (a.length <= 15 && b.length <= 15) return signOf(Number.parseInt(a, 10) - Number.parseInt(b, 10));
  const left = clampedDigits(a);
  const right = clampedDigits(b);
  if (left.length !== right.length) return signOf(left.length - right.length);
  return left < right ? -1 : left > right ? 1 : 0;
}

function clampedDigits(text: string): string {
  const digits = (/^\d+/.exec(text)?.[0] ?? "").replace(/^0+(?=\d)/, "");
  const tooLarge = digits.length > INT64_MAX.length || (digits.length === INT64_MAX.length && digits > INT64_MAX);
  return tooLarge ? INT64_MAX : digits;
}

function isDigit(text: string): boolean {
  return /^[0-9]/.test(text);
}

function isNonDigit(character: string): boolean {
  return character !== "." && !isDigit(character);
}

function isSeparator(character: string): boolean {
  return character === "-" || character === "_" || character === "+";
}

function signOf(value: number): Ordering {
  return value < 0 ? -1 : value > 0 ? 1 : 0;
}
