import { isBranchAlias } from "./composer-json-install-fields.ts";
import { parseConstraint } from "./constraint.ts";
import { InvalidConstraintError, InvalidVersionError, quoted } from "./errors.ts";
import { phpVersionKey } from "./php-version-compare.ts";
import { isJsonObject, type JsonObject } from "./json-value.ts";
import {
  DEFAULT_BRANCH_ALIAS,
  normalizeBranch,
  normalizeVersion,
  parseNumericAliasPrefix,
  stabilityOf,
  type Stability,
} from "./version.ts";
import { asciiLower } from "./version-grammar.ts";

/** A version as Composer metadata carries it. */
export interface PackageVersionId {
  /** What people see and write, `v1.2.0` or `dev-main`. */
  readonly version: string;
  /** What Composer compares, `1.2.0.0`. */
  readonly versionNormalized: string;
  readonly stability: Stability;
  /** Whether it belongs into the `~dev` file. */
  readonly isDev: boolean;
  /** Present on the default branch only; Composer then also offers it as `9999999-dev`. */
  readonly defaultBranch?: true;
}

/** Under what a tag's version is found among others, and what it finds. */
export interface VersionLookup {
  readonly foundBy: string;
  readonly finds: string;
}

/**
 * How Composer's VcsRepository finds out that two tags mean the same version: it asks for the new one as for a
 * constraint (ArrayRepository::findPackage) and compares by value, so `1.01` is `1.1` and `1.0-RC01` is `1.0-rc1`. Read
 * as a constraint a version can be another one: `2024.01.15`, which the tag `2024-01-15` is, finds `2024.01.15.0`.
 */
export function lookupOfTag(versionNormalized: string): VersionLookup {
  const asked = normalizedOrUndefined(versionNormalized) ?? versionNormalized;
  return { foundBy: phpVersionKey(versionNormalized), finds: phpVersionKey(asked) };
}

/** A tag or branch that Composer would not make a version of, and one line saying why. */
export interface SkippedRef {
  readonly skipped: string;
}

const DEV_SUFFIX = /[.-]?dev(?=\n?$)/gi;
const DEV_PREFIX_OR_SUFFIX = /^dev-|[.-]?dev(?=\n?$)/gi;
const UNBOUNDED_PARTS = /(?:\.9{7})+/g;

/**
 * The version a tag stands for (VcsRepository::initialize): `release-` is dropped, a `version` in composer.json must
 * mean the same as the tag, and a tag is never a dev version. Two tags can mean the same version (`1.0`, `v1.0.0`):
 * Composer keeps the one that `git show-ref` lists first, so the caller has to look for those (lookupOfTag).
 */
export function versionOfTag(tagName: string, composerJsonVersion?: string): PackageVersionId | SkippedRef {
  const tag = tagName.replaceAll("release-", "");
  const tagVersion = normalizedOrUndefined(tag);
  if (tagVersion === undefined) return { skipped: `the tag ${quoted(tagName)} is not a version` };
  const written = composerJsonVersion ?? tag;
  const writtenVersion = normalizedOrUndefined(written);
  if (writtenVersion === undefined) return { skipped: `the version ${quoted(written)} in composer.json is not valid` };
  const versionNormalized = writtenVersion.replace(DEV_PREFIX_OR_SUFFIX, "");
  if (versionNormalized !== tagVersion) {
    const isDevTag = tagVersion.replace(DEV_PREFIX_OR_SUFFIX, "") !== tagVersion;
    return {
      skipped: isDevTag
        ? `the tag ${quoted(tagName)} names a dev version; tags cannot have dev prefixes or suffixes`
        : `the tag ${quoted(tagName)} does not match the version ${quoted(written)} in composer.json`,
    };
  }
  return identified(written.replace(DEV_SUFFIX, ""), versionNormalized);
}

/**
 * The version a branch stands for (VcsRepository::initialize): `1.x` and `v1.2` are numeric, all others are `dev-` and
 * their name. A `#` becomes `+` as in Composer since 2.6, because behind it a constraint would look for a commit.
 */
export function versionOfBranch(
  branchName: string,
  { isDefault }: { readonly isDefault: boolean },
): PackageVersionId | SkippedRef {
  const normalized = normalizeBranch(branchName);
  if (!isConstraint(normalized))
    return { skipped: `the branch name ${quoted(branchName)} cannot be used in a constraint` };
  const isNumeric = !normalized.startsWith("dev-") && normalized !== DEFAULT_BRANCH_ALIAS;
  const prefix = branchName.startsWith("v") ? "v" : "";
  const id = isNumeric
    ? identified(prefix + normalized.replace(UNBOUNDED_PARTS, ".x"), normalized)
    : identified(`dev-${branchName.replaceAll("#", "+")}`, normalized.replaceAll("#", "+"));
  return isDefault ? { ...id, defaultBranch: true } : id;
}

/**
 * The further version a dev version can be asked for by (ArrayLoader::getBranchAlias), normalized: from
 * `extra.branch-alias`, or `9999999-dev` for a default branch without a number. Follows Composer since 2.8, where a
 * leading `v` does not hide the number.
 */
export function branchAliasOf(
  extra: JsonObject | undefined,
  { version, defaultBranch }: { readonly version: string; readonly defaultBranch?: boolean | undefined },
): string | undefined {
  if (!version.startsWith("dev-") && !version.endsWith("-dev")) return undefined;
  const aliases = extra !== undefined && Object.hasOwn(extra, "branch-alias") ? extra["branch-alias"] : undefined;
  for (const [source, target] of Object.entries(isJsonObject(aliases) ? aliases : {})) {
    if (asciiLower(source) !== asciiLower(version) || !isBranchAlias(source, target)) continue;
    return target === DEFAULT_BRANCH_ALIAS ? DEFAULT_BRANCH_ALIAS : normalizeBranch(target.slice(0, -4));
  }
  const isNumeric = parseNumericAliasPrefix(version.replace(/^v/, "")) !== undefined;
  return defaultBranch === true && !isNumeric ? DEFAULT_BRANCH_ALIAS : undefined;
}

function identified(version: string, versionNormalized: string): PackageVersionId {
  const stability = stabilityOf(versionNormalized);
  return { version, versionNormalized, stability, isDev: stability === "dev" };
}

function normalizedOrUndefined(version: string): string | undefined {
  try {
    return normalizeVersion(version);
  } catch (error) {
    if (error instanceof InvalidVersionError) return undefined;
    throw error;
  }
}

function isConstraint(text: string): boolean {
  try {
    parseConstraint(text);
    return true;
  } catch (error) {
    if (error instanceof InvalidConstraintError) return false;
    throw error;
  }
}
