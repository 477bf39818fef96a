/**
 * Pieces of pattern shared by versions and constraints, and the PHP text functions they rest on.
 *
 * Composer's patterns run in PCRE without the unicode flag, which differs from JavaScript in four ways that matter:
 * `\s` is ASCII only, `.` refuses nothing but a line feed, `$` also matches before one last line feed, and possessive
 * quantifiers never give back. So we spell the classes out, use END for `$`, and write repetitions in a form that has
 * only one way to match (which makes "possessive" true by construction and backtracking cheap).
 */

/** The members of PCRE's `\s`, to be used inside a character class. */
export const SPACE = String.raw` \t\n\v\f\r`;

/** PCRE's `$` without the D modifier: the end, or just before a final line feed. */
export const END = String.raw`(?=\n?$)`;

/**
 * What may follow the numbers of a version: stability word (1), its number (2), dev suffix (3). The number must be
 * able to start with a separator or not, and to go on in `.2` or `-2` steps.
 */
export const MODIFIER = String.raw`[._-]?(?:(stable|beta|b|RC|alpha|a|patch|pl|p)((?:\d+)?(?:[.-]\d+)*))?([.-]?dev)?`;

/** The words that may follow an `@` in a version or constraint. */
export const STABILITY_WORDS = "stable|RC|beta|alpha|dev";

const TRIMMED_AT_START = /^[ \t\n\r\0\v]+/;
const TRIMMED_CHARACTERS = " \t\n\r\0\v";

/** PHP's trim(): six ASCII characters, among them NUL but not the form feed, and no Unicode space. */
export function phpTrim(text: string): string {
  let end = text.length;
  while (end > 0 && TRIMMED_CHARACTERS.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end).replace(TRIMMED_AT_START, "");
}

/** PHP 8's strtolower(): ASCII letters only, so that `İ` or the Kelvin sign can never turn into one. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
