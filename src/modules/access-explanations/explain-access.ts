import {
  InvalidVersionError,
  compareForListing,
  normalizeVersion,
  parsePackageName,
  stabilityOf,
} from "../../composer/index.ts";
import type { Stability } from "../../composer/index.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { missingOfVersion, requiredNames } from "../requirements/index.ts";
import {
  accessTo,
  compileGrant,
  graceUntil,
  opensPackage,
  opensVersion,
  patternsOutsideBound,
  sumOfParts,
  whyNot,
} from "../grants/index.ts";
import type { Grant, GrantRow, GrantedVersion } from "../grants/index.ts";
import { findPackagesByName } from "../packages/index.ts";
import { branchesInWords, branchesOf } from "../sources/index.ts";
import type { BranchChoice } from "../sources/index.ts";
import { findHosted, findSource, findVersion, listOffered } from "./explanation-queries.ts";
import type { ExplainedSource, ExplainedVersion, OfferedVersion } from "./explanation-queries.ts";
import type { AccessExplanation, ExplainQuery, Reason } from "./explanation-schemas.ts";
import { detailOf } from "./explanation-words.ts";
import { findHolder } from "./find-holder.ts";
import type { ExplainDeps, Holder } from "./find-holder.ts";

/**
 * Why a token or a customer can install a version of a package right now, or cannot: by the same rule that decides
 * what composer is shown. Throws `request.invalid` for what is no package or version, 404 for a token or customer the
 * caller does not see; a package outside of the caller's bound is one that is not hosted.
 */
export async function explainAccess(
  deps: ExplainDeps,
  caller: Caller,
  query: ExplainQuery,
): Promise<AccessExplanation> {
  const { db } = deps.database;
  const { name, normalized } = readQuestion(query);
  const now = nowSeconds(deps.clock);
  const holder = await findHolder(deps, caller, query);
  const isOutside = caller.packageBound !== null && patternsOutsideBound([name], caller.packageBound).length > 0;
  const hosted = isOutside ? undefined : await findHosted(db, name);
  const offered = hosted === undefined ? [] : await listOffered(db, hosted.id);
  const asked = normalized ?? newestOf(offered)?.version_normalized;
  const version = hosted && asked !== undefined ? await findVersion(db, hosted.id, asked) : undefined;
  const source = typeof hosted?.source === "string" ? await findSource(db, hosted.source) : undefined;
  const { own, inherited, scope } = holder;
  const grants = compiled(sumOfParts(holder));
  const isNarrowedAway = scope !== null && patternsOutsideBound([name], scope).length > 0;
  const facts = {
    ...{ name, now, holder, grants, version, isNarrowedAway },
    isHosted: hosted !== undefined,
    isFailing: source?.state === "failing",
  };
  const reason = reasonFor(facts);
  const access = accessTo(grants, name, now);
  const newestCovered = newestOf(offered.filter((one) => opensVersion(access, toGranted(one))))?.version ?? null;
  const isBranch = asked !== undefined && stabilityOf(asked) === "dev";
  const known = {
    ...facts,
    version: query.version ?? version?.version,
    newestCovered,
    stability: version?.stability,
    branchesTaken: isBranch && source !== undefined ? takenInWords(branchesOf(source)) : null,
  };
  return {
    ...{ allowed: reason === "allowed", reason, detail: detailOf(reason, known) },
    token: holder.token,
    grants: [
      ...own.map((row) => explainGrant(row, { name, now, version, isNarrowedAway: false })),
      ...inherited.map((row) => explainGrant(row, { name, now, version, isNarrowedAway })),
    ],
    newest_covered: newestCovered,
    version: {
      version: version?.version ?? query.version ?? null,
      ...{ found: version?.withdrawn_at === null, withdrawn: version !== undefined && version.withdrawn_at !== null },
      ...{ released_at: version?.released_at ?? null, stability: version?.stability ?? null },
    },
    source: source === undefined ? null : presentSource(source),
    rate_limit: holder.rateLimit,
    dependencies: version === undefined ? [] : await explainDependencies(db, caller, version, grants, now),
    missing_dependencies: version === undefined ? [] : await listMissing(db, caller, name, version),
  };
}

function presentSource({ id, name, state, synced_at }: ExplainedSource): AccessExplanation["source"] {
  return { id, name, state, synced_at };
}

/** Which branches the source takes, where that leaves some out. */
function takenInWords(choice: BranchChoice): string | null {
  return choice === "all" ? null : branchesInWords(choice);
}

/** What composer would take: the newest stable one, else the newest. */
function newestOf(versions: readonly OfferedVersion[]): OfferedVersion | undefined {
  const stable = versions.filter(({ stability }) => stability === "stable");
  return (stable.length > 0 ? stable : versions).toSorted((a, b) =>
    compareForListing(a.version_normalized, b.version_normalized),
  )[0];
}

function readQuestion(query: ExplainQuery): { name: string; normalized: string | undefined } {
  const name = parsePackageName(query.package);
  if (!name.ok) throw invalidField("?package", "must be a package's name, such as acme/checkout");
  try {
    const normalized = query.version === undefined ? undefined : normalizeVersion(query.version);
    return { name: name.value, normalized };
  } catch (error) {
    if (!(error instanceof InvalidVersionError)) throw error;
    throw invalidField("?version", "must be a version, such as 2.1.0 or dev-main");
  }
}

interface Facts {
  name: string;
  now: number;
  holder: Holder;
  grants: readonly Grant[];
  /** Outside of what the token reads of its customer's grants. */
  isNarrowedAway: boolean;
  isHosted: boolean;
  version: ExplainedVersion | undefined;
  isFailing: boolean;
}

/** The first thing in the way, in the order in which the Composer repository would meet it. */
function reasonFor(facts: Facts): Reason {
  const { name, now, holder, grants, isHosted, version, isFailing } = facts;
  const { token, rateLimit } = holder;
  if (token?.status === "revoked") return "token_revoked";
  if (token?.status === "suspended") return "token_suspended";
  if (token?.status === "expired") return "token_expired";
  if (!isHosted) return "package_unknown";
  if (facts.isNarrowedAway && !isCovered(holder.own, name, now)) return "outside_project";
  const access = accessTo(grants, name, now);
  if (access.kind === "suspended") return "suspended";
  if (access.kind === "lapsed") return endedReason(grants, name, now);
  if (access.kind === "unknown" || access.kind === "not_covered") {
    return grants.some((grant) => whyNot(grant, name, now, undefined) === "not_started")
      ? "not_started"
      : "not_covered";
  }
  if (version === undefined) return isFailing ? "source_failing" : "version_unknown";
  if (version.withdrawn_at !== null) return "version_withdrawn";
  const granted = toGranted(version);
  if (!opensVersion(access, granted)) {
    const failing = grants.map((grant) => whyNot(grant, name, now, granted));
    const rules = ["released_after_updates_until", "constraint_excludes", "stability_excludes"] as const;
    return rules.find((rule) => failing.includes(rule)) ?? "not_covered";
  }
  return rateLimit?.remaining === 0 ? "rate_limited" : "allowed";
}

/** What such a token was given itself nothing narrows. */
function isCovered(own: readonly GrantRow[], name: string, now: number): boolean {
  return !["unknown", "not_covered"].includes(accessTo(compiled(own), name, now).kind);
}

function compiled(rows: readonly GrantRow[]): Grant[] {
  return rows.flatMap((row) => compileGrant(row) ?? []);
}

/** Of grants that ended the one that ended last. */
function endedReason(grants: readonly Grant[], name: string, now: number): "lapsed" | "revoked" {
  const endOf = (kind: "lapsed" | "revoked") => {
    const ended = grants.filter((grant) => whyNot(grant, name, now, undefined) === kind);
    return Math.max(-1, ...ended.map((grant) => (kind === "revoked" ? grant.revokedAt : grant.endsAt) ?? -1));
  };
  return endOf("revoked") > endOf("lapsed") ? "revoked" : "lapsed";
}

function explainGrant(
  row: GrantRow,
  { name, now, version, isNarrowedAway }: Pick<Facts, "name" | "now" | "version" | "isNarrowedAway">,
): AccessExplanation["grants"][number] {
  const grant = compileGrant(row);
  const ofItself = grant === undefined ? "unreadable" : whyNot(grant, name, now, version && toGranted(version));
  const why = isNarrowedAway && ofItself !== "package_not_covered" ? "outside_project" : ofItself;
  const { id, package_pattern: pattern, order_id, line, token, version_constraint, stability } = row;
  const { updates_until, starts_at, expires_at, revoked_at, suspended_at } = row;
  return {
    ...{ id, pattern, order_id, line, token, dependency: row.is_dependency === 1, version_constraint, stability },
    ...{ updates_until, starts_at, expires_at, grace_until: graceUntil(expires_at, row.grace_days) },
    ...{ revoked_at, suspended_at, applies: why === undefined, why_not: why ?? null },
  };
}

/** Within the caller's bound. */
async function explainDependencies(
  db: Db,
  { packageBound }: Caller,
  version: ExplainedVersion,
  grants: readonly Grant[],
  now: number,
): Promise<AccessExplanation["dependencies"]> {
  const hosted = (await findPackagesByName(db, requiredNames(version.metadata))).map(({ name }) => name).sort();
  const outside = new Set(packageBound === null ? [] : patternsOutsideBound(hosted, packageBound));
  return hosted
    .filter((name) => !outside.has(name))
    .map((name) => ({ package: name, allowed: opensPackage(accessTo(grants, name, now)) }));
}

/** What no source gives, within the caller's bound. */
async function listMissing(
  db: Db,
  { packageBound }: Caller,
  name: string,
  { metadata }: ExplainedVersion,
): Promise<string[]> {
  const missing = await missingOfVersion(db, { name, metadata });
  const outside = new Set(packageBound === null ? [] : patternsOutsideBound(missing, packageBound));
  return missing.filter((one) => !outside.has(one));
}

function toGranted(version: OfferedVersion): GrantedVersion {
  return {
    versionNormalized: version.version_normalized,
    stability: version.stability as Stability,
    releasedAt: version.released_at,
  };
}
