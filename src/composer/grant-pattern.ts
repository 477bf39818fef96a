import { quoted } from "./errors.ts";
import { isVendorName, parsePackageName, type Parsed } from "./package-name.ts";
import { asciiLower, phpTrim } from "./version-grammar.ts";

/** Which packages a grant opens: exactly one, or all whose name begins with `value` (which always contains the slash). */
export interface GrantPattern {
  readonly kind: "prefix" | "exact";
  readonly value: string;
}

/** Shops send article numbers: no refusal may talk somebody into a pattern that opens a whole vendor. */
const LOOKS_LIKE = 'a package is "vendor/name" as in its composer.json, such as "acme/checkout"';

/** The beginning of the part after the slash: whole words and separators, and perhaps one separator more. */
const NAME_START = /^(?:[a-z0-9]+(?:(?:[_.]|-{1,2})[a-z0-9]+)*(?:[_.]|-{1,2})?)?$/;

/**
 * Reads what a shop writes into `allowed_package_prefixes`. `acme/`, `acme/*` and `acme/checkout-*` are prefixes,
 * `acme/checkout` is one package. Everything that could open more than its author meant is refused.
 */
export function parseGrantPattern(text: string): Parsed<GrantPattern> {
  const pattern = asciiLower(phpTrim(text));
  const refused = (why: string): Parsed<GrantPattern> => ({ ok: false, reason: `${quoted(text)} ${why}` });
  if (pattern === "") return refused(`is empty; ${LOOKS_LIKE}`);
  const slash = pattern.indexOf("/");
  const vendor = slash === -1 ? pattern : pattern.slice(0, slash);
  if (vendor === "") return refused("has no vendor before the slash");
  if (vendor.includes("*")) return refused(`has "*" in the vendor part; name each package: ${LOOKS_LIKE}`);
  if (slash === -1) return refused(`has no slash, so it names no package; ${LOOKS_LIKE}`);
  if (!isVendorName(vendor)) return refused("has an invalid vendor name");
  const star = pattern.indexOf("*");
  if (star !== -1 && star !== pattern.length - 1) return refused('may have one "*", at the end only');
  const isPrefix = star !== -1 || pattern.endsWith("/");
  if (!isPrefix) {
    const name = parsePackageName(pattern);
    return name.ok ? { ok: true, value: { kind: "exact", value: name.value } } : refused("is not a valid package name");
  }
  const value = star === -1 ? pattern : pattern.slice(0, -1);
  if (!NAME_START.test(value.slice(slash + 1))) return refused("cannot be the beginning of a package name");
  return { ok: true, value: { kind: "prefix", value } };
}

/** Whether a pattern opens a package. The name must be lower-case, as parsePackageName returns it. */
export function patternCovers(pattern: GrantPattern, packageName: string): boolean {
  return pattern.kind === "exact" ? packageName === pattern.value : packageName.startsWith(pattern.value);
}

/** Whether everything `inner` can ever open is opened by `outer` too: what a bounded token may grant. */
export function patternCoversPattern(outer: GrantPattern, inner: GrantPattern): boolean {
  if (outer.kind === "exact") return inner.kind === "exact" && inner.value === outer.value;
  return inner.value.startsWith(outer.value);
}

/** The one way a pattern is written back: `acme/`, `acme/checkout-*` or `acme/checkout`. */
export function formatGrantPattern(pattern: GrantPattern): string {
  return pattern.kind === "exact" || pattern.value.endsWith("/") ? pattern.value : `${pattern.value}*`;
}
