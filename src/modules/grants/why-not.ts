import { patternCovers } from "../../composer/index.ts";
import { EVERYTHING_PATTERN, endedAt, failingRule } from "./access.ts";
import type { FailingRule, Grant, GrantedVersion } from "./access.ts";

/** Why one grant does not open a version, or a package. */
export type WhyNot = "package_not_covered" | "revoked" | "lapsed" | "suspended" | "not_started" | FailingRule;

/**
 * What keeps a grant from opening a version of a package now; undefined when it opens it. Without a version: from
 * opening anything of it. Made of the parts {@link accessTo} is made of, so that it cannot say otherwise.
 */
export function whyNot(
  grant: Grant,
  packageName: string,
  now: number,
  version: GrantedVersion | undefined,
): WhyNot | undefined {
  const covers = grant.pattern === EVERYTHING_PATTERN || patternCovers(grant.pattern, packageName);
  if (!covers) return "package_not_covered";
  if (endedAt(grant, now) !== undefined) return grant.revokedAt === null ? "lapsed" : "revoked";
  if (grant.startsAt !== null && grant.startsAt > now) return "not_started";
  if (grant.suspendedAt !== null) return "suspended";
  return version === undefined ? undefined : failingRule(grant, version);
}
