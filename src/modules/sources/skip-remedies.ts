import { versionOfTag } from "../../composer/index.ts";

/** A tag that its owner meant as a release: `v1.2.0`, and also `8.x-2.0` or `1.2.0.1.1`, which Composer cannot read. */
export function isVersionLike(tag: string): boolean {
  return /^(release|version|rel)?[-_/]?v?\d+\.(\d|x)/i.test(tag) || !("skipped" in versionOfTag(tag));
}

/**
 * The tag under which a skipped release can be had: the same in Composer's spelling where it is not one that Composer
 * reads; undefined where it is readable already, or nobody can tell.
 */
export function readableTag(tag: string): string | undefined {
  // Drupal: the version of the core before that of the module.
  const behindCore = /^\d+\.x-v?(\d+(?:\.\d+)*)(.*)$/i.exec(tag);
  // More numbers than Composer's four.
  const first = behindCore ?? /^v?(\d+\.\d+\.\d+\.\d+)(?:\.\d+)+()$/i.exec(tag);
  if (first === null || !("skipped" in versionOfTag(tag))) return undefined;
  const [, numbers = "", rest = ""] = first;
  const readable = numbers.split(".").length === 2 ? `${numbers}.0${rest}` : numbers + rest;
  return "skipped" in versionOfTag(readable) ? undefined : readable;
}

/** The end of each reason that a setting of the server is: which, and what it is. */
const OVER_BUDGET = /: ((?:VERSION|CONSTRAINT|PACKAGE)_[A-Z_]+) is [\d.]+(?:, [A-Z_]+ is \d+)?$/;

/** Whether a ref is skipped for what it takes, by a setting of the server that may have been another one before. */
export function isOverBudget(reason: string): boolean {
  return OVER_BUDGET.test(reason);
}

/** What to do that a skipped tag becomes a version, as the rest of a sentence; undefined where the reason says it. */
export function remedyOf(ref: string, reason: string): string | undefined {
  const tag = ref.startsWith("refs/tags/") ? ref.slice("refs/tags/".length) : undefined;
  if (tag === undefined) return undefined;
  const again = `tag again as ${nextTag(readableTag(tag) ?? tag)}`;
  const setting = OVER_BUDGET.exec(reason)?.[1];
  if (setting?.startsWith("PACKAGE_") === true) {
    return "delete tags that nobody needs, offer fewer branches, or raise the setting on the server";
  }
  if (setting !== undefined) return `make it smaller and ${again}, or raise ${setting} on the server`;
  if (
    reason.includes("does not match the version") ||
    /^the version ".*" in composer\.json is not valid/.test(reason)
  ) {
    return `remove "version" from composer.json and ${again}`;
  }
  if (reason.endsWith("is not a version")) {
    const readable = readableTag(tag);
    if (readable === undefined && !isVersionLike(tag)) return undefined;
    if (readable === undefined) return "if it is a release, tag it as Composer reads it, such as 1.2.0";
    return `Composer cannot read ${tag} as a version; tag ${readable} as well`;
  }
  if (reason.endsWith("tags cannot have dev prefixes or suffixes")) return "tag a release without “dev”";
  if (reason === "it has no composer.json") return `add one at the root and ${again}`;
  if (reason.startsWith("it means the same version as ")) return "delete one of the two";
  if (reason.includes("save it without BOM")) return again;
  if (/^(its )?composer\.json /.test(reason)) return `correct composer.json and ${again}`;
  return undefined;
}

/** `v1.2.0` → `v1.2.1`, `2.0.0-beta1` → `2.0.0-beta2` */
function nextTag(tag: string): string {
  return tag.replace(/\d+(?=\D*$)/, (last) => String(BigInt(last) + 1n));
}
