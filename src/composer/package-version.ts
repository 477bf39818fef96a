import type { ComposerJson } from "./composer-json.ts";
import { LINK_FIELDS } from "./composer-json-links.ts";
import { parseConstraint } from "./constraint.ts";
import { ComposerJsonError, InvalidConstraintError, quoted } from "./errors.ts";
import type { JsonObject } from "./json-value.ts";

/** What identifies the entry; the rest comes from composer.json. */
export interface PackageVersionOptions {
  /** The lower-case name the package is published under, which may differ from the one in an old composer.json. */
  readonly name: string;
  readonly version: string;
  readonly versionNormalized: string;
  readonly defaultBranch?: boolean | undefined;
}

/**
 * The entry of one version in a p2 file, as Composer's ArrayLoader reads it. The caller adds `dist`, `time` and
 * `published-time`, and minifies the whole list. Throws ComposerJsonError when a link says `self.version` and the
 * version cannot be read as a constraint.
 */
export function toPackageVersion(composerJson: ComposerJson, options: PackageVersionOptions): JsonObject {
  refuseUnusableSelfVersion(composerJson, options.version);
  return {
    ...composerJson,
    name: options.name,
    version: options.version,
    version_normalized: options.versionNormalized,
    ...(options.defaultBranch === true ? { "default-branch": true } : {}),
  };
}

/** Composer replaces `self.version` by the version itself and parses that as a constraint, for every client. */
function refuseUnusableSelfVersion(composerJson: ComposerJson, version: string): void {
  const field = LINK_FIELDS.find((link) => Object.values(composerJson[link] ?? {}).includes("self.version"));
  if (field === undefined) return;
  try {
    parseConstraint(version);
  } catch (error) {
    if (!(error instanceof InvalidConstraintError)) throw error;
    throw new ComposerJsonError(
      `${quoted(field)} uses "self.version", and the version ${quoted(version)} is not a constraint`,
    );
  }
}
