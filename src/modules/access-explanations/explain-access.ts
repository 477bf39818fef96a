import { InvalidVersionError, normalizeVersion, parsePackageName } from "../../composer/index.ts";
import type { Stability } from "../../composer/index.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { requiredNames } from "../customer-grants/index.ts";
import { accessTo, compileGrant, opensVersion, patternsOutsideBound, whyNot } from "../grants/index.ts";
import type { Grant, GrantRow, GrantedVersion } from "../grants/index.ts";
import { findHosted, findSource, findVersion, listHostedNames } from "./explanation-queries.ts";
import type { ExplainedVersion } from "./explanation-queries.ts";
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
  const version = hosted && (await findVersion(db, hosted.id, normalized));
  const source = typeof hosted?.source === "string" ? await findSource(db, hosted.source) : undefined;
  const grants = holder.grants.flatMap((row) => compileGrant(row) ?? []);
  const facts = {
    name,
    now,
    holder,
    grants,
    isHosted: hosted !== undefined,
    version,
    isFailing: source?.state === "failing",
  };
  const reason = reasonFor(facts);
  return {
    ...{ allowed: reason === "allowed", reason, detail: detailOf(reason, { ...facts, version: query.version }) },
    token: holder.token,
    grants: holder.grants.map((row) => explainGrant(row, name, now, version)),
    version: {
      ...{ found: version?.withdrawn_at === null, withdrawn: version !== undefined && version.withdrawn_at !== null },
      ...{ released_at: version?.released_at ?? null, stability: version?.stability ?? null },
    },
    source: source ?? null,
    rate_limit: holder.rateLimit,
    dependencies: version === undefined ? [] : await explainDependencies(db, caller, version, grants, now),
  };
}

function readQuestion(query: ExplainQuery): { name: string; normalized: string } {
  const name = parsePackageName(query.package);
  if (!name.ok) throw invalidField("?package", "must be a package's name, such as acme/checkout");
  try {
    return { name: name.value, normalized: normalizeVersion(query.version) };
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
  isHosted: boolean;
  version: ExplainedVersion | undefined;
  isFailing: boolean;
}

/** The first thing in the way, in the order in which the Composer repository would meet it. */
function reasonFor({ name, now, holder, grants, isHosted, version, isFailing }: Facts): Reason {
  const { token, rateLimit } = holder;
  if (token?.status === "revoked") return "token_revoked";
  if (token?.status === "expired") return "token_expired";
  if (!isHosted) return "package_unknown";
  const access = accessTo(grants, name, now);
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

/** Of grants that ended the one that ended last. */
function endedReason(grants: readonly Grant[], name: string, now: number): "lapsed" | "revoked" {
  const endOf = (kind: "lapsed" | "revoked") => {
    const ended = grants.filter((grant) => whyNot(grant, name, now, undefined) === kind);
    return Math.max(-1, ...ended.map((grant) => (kind === "revoked" ? grant.revokedAt : grant.expiresAt) ?? -1));
  };
  return endOf("revoked") > endOf("lapsed") ? "revoked" : "lapsed";
}

function explainGrant(
  row: GrantRow,
  name: string,
  now: number,
  version: ExplainedVersion | undefined,
): AccessExplanation["grants"][number] {
  const grant = compileGrant(row);
  const why = grant === undefined ? "unreadable" : whyNot(grant, name, now, version && toGranted(version));
  const { id, package_pattern: pattern, order_id, line } = row;
  return { id, pattern, order_id, line, applies: why === undefined, why_not: why ?? null };
}

/** Within the caller's bound. */
async function explainDependencies(
  db: Db,
  { packageBound }: Caller,
  version: ExplainedVersion,
  grants: readonly Grant[],
  now: number,
): Promise<AccessExplanation["dependencies"]> {
  const hosted = await listHostedNames(db, requiredNames(version.metadata));
  const outside = new Set(packageBound === null ? [] : patternsOutsideBound(hosted, packageBound));
  return hosted
    .filter((name) => !outside.has(name))
    .map((name) => ({ package: name, allowed: ["full", "partial"].includes(accessTo(grants, name, now).kind) }));
}

function toGranted(version: ExplainedVersion): GrantedVersion {
  return {
    versionNormalized: version.version_normalized,
    stability: version.stability as Stability,
    releasedAt: version.released_at,
  };
}
