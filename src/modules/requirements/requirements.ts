import { setImmediate } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { parseGrantPattern, patternCovers } from "../../composer/index.ts";
import type { Stability } from "../../composer/index.ts";
import { EVERYTHING } from "../../platform/database/index.ts";
import type { Database, Db } from "../../schema.ts";
import { compileGrant, letsThrough } from "../grants/index.ts";
import type { Grant, GrantRow, GrantedVersion } from "../grants/index.ts";
import { SETTINGS_CHANGED } from "../settings/index.ts";
import { onlyMissing } from "./missing-requirements.ts";
import { namesOf, requiredNames } from "./required-names.ts";
import { listHostedBelow, listHostedByName, listVersionsWithMetadata } from "./requirement-queries.ts";
import type { HostedPackage } from "./requirement-queries.ts";

/** How many names of required packages are remembered: at most some 50 MB, whether of many packages or of many versions. */
const NAMES_MAX = 500_000;

/** How many different things that are sold are remembered with what they require, until something is synced. */
const WALKS_MAX = 500;

interface VersionNeeds extends GrantedVersion {
  requires: string[];
  /** Names that it replaces or provides: who requires those has them by it. */
  stands: string[];
}

/** Something that a package in reach requires, and by what. */
export interface Requirement {
  name: string;
  requiredBy: string;
}

/** Of what is sold what decides which versions of it are opened. */
export interface SoldTerms {
  /** Canonical. */
  patterns: readonly string[];
  constraint: string | null;
  stability: string | null;
  updatesUntil: number | null;
}

/** What is required, of what is hosted here. */
export interface Requirements {
  /**
   * Everything hosted that the packages of these terms need, and what that needs in turn, without what the terms
   * cover: of every version they let through now. By name. `within` a transaction that is open: on SQLite nothing else
   * is read meanwhile, and who waited for that would wait for ever.
   */
  outsideOf(terms: SoldTerms, within?: Db): Promise<Requirement[]>;
  /**
   * What they need that no source gives, though its vendor is hosted here: composer asks nobody else for a name of
   * such a vendor, or somebody else's package of that name comes. Without what is said to be public elsewhere. By name.
   */
  missingFor(terms: SoldTerms, within?: Db): Promise<Requirement[]>;
}

interface Walk {
  outside: Requirement[];
  missing: Requirement[];
}

export function createRequirements({ db: outside, changes }: Pick<Database, "db" | "changes">): Requirements {
  const known = new LRUCache<string, VersionNeeds[]>({ maxSize: NAMES_MAX, sizeCalculation: sizeOf });
  /** A shop sells the same things all day. */
  const walked = new LRUCache<string, Walk>({ max: WALKS_MAX });
  const underWay = new Map<string, Promise<Walk>>();
  let changesSeen = 0;
  changes.subscribe((topic) => {
    if (topic !== "packages" && topic !== SETTINGS_CHANGED && topic !== EVERYTHING) return;
    changesSeen++;
    walked.clear();
    underWay.clear();
  });
  const needsOf = async (db: Db, { id, revision }: HostedPackage): Promise<VersionNeeds[]> => {
    const key = `${id} ${revision}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const needs = (await listVersionsWithMetadata(db, id)).map((row) => ({
      versionNormalized: row.version_normalized,
      stability: row.stability as Stability,
      releasedAt: row.released_at,
      requires: requiredNames(row.metadata),
      stands: namesOf(row.metadata, ["replace", "provide"]),
    }));
    known.set(key, needs);
    // A vendor may have thousands of versions, and requests wait meanwhile.
    await setImmediate();
    return needs;
  };
  const walkNow = async (db: Db, key: string, terms: SoldTerms): Promise<Walk> => {
    const seen = changesSeen;
    const result = await walk(db, needsOf, terms);
    if (seen === changesSeen) walked.set(key, result);
    return result;
  };
  const walkOnce = async (terms: SoldTerms, within: Db | undefined): Promise<Walk> => {
    const { patterns, constraint, stability, updatesUntil } = terms;
    const key = JSON.stringify([patterns, constraint, stability, updatesUntil]);
    const before = walked.get(key);
    if (before !== undefined) return before;
    // A transaction waits for nobody who may be waiting for it.
    if (within !== undefined) return await walkNow(within, key, terms);
    const begun = underWay.get(key) ?? walkNow(outside, key, terms);
    underWay.set(key, begun);
    try {
      return await begun;
    } finally {
      underWay.delete(key);
    }
  };
  return {
    outsideOf: async (terms, within) => (await walkOnce(terms, within)).outside,
    missingFor: async (terms, within) => (await walkOnce(terms, within)).missing,
  };
}

async function walk(
  db: Db,
  needsOf: (db: Db, hosted: HostedPackage) => Promise<VersionNeeds[]>,
  terms: SoldTerms,
): Promise<Walk> {
  const patterns = terms.patterns.flatMap((text) => readPattern(text) ?? []);
  const isCovered = (name: string) => patterns.some((pattern) => patternCovers(pattern, name));
  const found = new Map<string, Requirement>();
  const required = new Map<string, string>();
  const standing = new Set<string>();
  let grant = grantOf(terms, terms.constraint);
  let reached = await listCovered(db, patterns);
  while (reached.length > 0) {
    const requiredBy = new Map<string, string>();
    for (const hosted of reached) {
      for (const version of await needsOf(db, hosted)) {
        if (!letsThrough(grant, version)) continue;
        for (const name of version.stands) standing.add(name);
        for (const name of version.requires) {
          if (!required.has(name)) required.set(name, hosted.name);
          if (!isCovered(name) && !found.has(name) && !requiredBy.has(name)) requiredBy.set(name, hosted.name);
        }
      }
    }
    reached = await listHostedByName(db, [...requiredBy.keys()]);
    for (const { name } of reached) found.set(name, { name, requiredBy: requiredBy.get(name) ?? "" });
    grant = grantOf(terms, null);
  }
  const missing = await onlyMissing(
    db,
    [...required.keys()].filter((name) => !standing.has(name) && !found.has(name)),
  );
  const byName = (a: Requirement, b: Requirement) => (a.name < b.name ? -1 : 1);
  return {
    outside: [...found.values()].sort(byName),
    missing: missing.map((name) => ({ name, requiredBy: required.get(name) ?? "" })).sort(byName),
  };
}

/** In names, of which a version has one itself. */
function sizeOf(needs: readonly VersionNeeds[]): number {
  return needs.reduce((size, { requires, stands }) => size + 1 + requires.length + stands.length, 1);
}

type Pattern = NonNullable<ReturnType<typeof readPattern>>;

function readPattern(text: string) {
  const parsed = parseGrantPattern(text);
  return parsed.ok ? parsed.value : undefined;
}

async function listCovered(db: Db, patterns: readonly Pattern[]): Promise<HostedPackage[]> {
  const exact = patterns.filter(({ kind }) => kind === "exact").map(({ value }) => value);
  const found = new Map<string, HostedPackage>(
    (await listHostedByName(db, exact)).map((hosted) => [hosted.id, hosted]),
  );
  for (const { kind, value } of patterns) {
    if (kind !== "prefix") continue;
    for (const hosted of await listHostedBelow(db, value)) found.set(hosted.id, hosted);
  }
  return [...found.values()];
}

/** The version rules of these terms, as of a grant in force. */
function grantOf(terms: SoldTerms, constraint: string | null): Grant {
  const row: GrantRow = {
    ...{ id: "", token: null, customer: null, package_pattern: "any/thing", version_constraint: constraint },
    ...{ stability: terms.stability, updates_until: terms.updatesUntil, starts_at: null, expires_at: null },
    ...{
      order_id: null,
      line: null,
      line_bound: "",
      occurred_at: null,
      created_at: 0,
      updated_at: 0,
      revoked_at: null,
    },
    ...{ is_dependency: 0, suspended_at: null, grace_days: 0, expired_told: null },
  };
  const grant = compileGrant(row);
  if (grant === undefined) throw new Error("a pattern of ours could not be read");
  return grant;
}
