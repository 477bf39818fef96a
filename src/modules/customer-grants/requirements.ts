import { setImmediate } from "node:timers/promises";
import { LRUCache } from "lru-cache";
import { isPlatformPackage, parseGrantPattern, patternCovers } from "../../composer/index.ts";
import type { JsonObject, Stability } from "../../composer/index.ts";
import type { Database, Db } from "../../schema.ts";
import { compileGrant, letsThrough } from "../grants/index.ts";
import type { Grant, GrantRow, GrantedVersion } from "../grants/index.ts";
import { findPackagesByName } from "../packages/index.ts";
import type { GrantTerms } from "./line-state.ts";
import { listHostedBelow, listVersionsWithMetadata } from "./requirement-queries.ts";
import type { HostedPackage } from "./requirement-queries.ts";

/** How many names of required packages are remembered: at most some 50 MB, whether of many packages or of many versions. */
const NAMES_MAX = 500_000;

interface VersionNeeds extends GrantedVersion {
  requires: string[];
}

/** Something hosted that a package in reach requires, and by what. */
export interface Requirement {
  name: string;
  requiredBy: string;
}

/** What is required, of what is hosted here. */
export interface Requirements {
  /**
   * Everything hosted that the packages of these terms need, and what that needs in turn, without what the terms
   * cover: of every version they let through now. By name.
   */
  outsideOf(terms: GrantTerms): Promise<Requirement[]>;
}

export function createRequirements({ db }: Pick<Database, "db">): Requirements {
  const known = new LRUCache<string, VersionNeeds[]>({ maxSize: NAMES_MAX, sizeCalculation: sizeOf });
  const needsOf = async ({ id, revision }: HostedPackage): Promise<VersionNeeds[]> => {
    const key = `${id} ${revision}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const needs = (await listVersionsWithMetadata(db, id)).map((row) => ({
      versionNormalized: row.version_normalized,
      stability: row.stability as Stability,
      releasedAt: row.released_at,
      requires: requiredNames(row.metadata),
    }));
    known.set(key, needs);
    // A vendor may have thousands of versions, and requests wait meanwhile.
    await setImmediate();
    return needs;
  };
  return {
    async outsideOf(terms) {
      const patterns = terms.patterns.flatMap((text) => readPattern(text) ?? []);
      const isCovered = (name: string) => patterns.some((pattern) => patternCovers(pattern, name));
      const found = new Map<string, Requirement>();
      let grant = grantOf(terms, terms.constraint);
      let reached = await listCovered(db, patterns);
      while (reached.length > 0) {
        const requiredBy = new Map<string, string>();
        for (const hosted of reached) {
          for (const version of await needsOf(hosted)) {
            if (!letsThrough(grant, version)) continue;
            for (const name of version.requires) {
              if (!isCovered(name) && !found.has(name) && !requiredBy.has(name)) requiredBy.set(name, hosted.name);
            }
          }
        }
        reached = await findPackagesByName(db, [...requiredBy.keys()]);
        for (const { name } of reached) found.set(name, { name, requiredBy: requiredBy.get(name) ?? "" });
        grant = grantOf(terms, null);
      }
      return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

/** In names, of which a version has one itself. */
function sizeOf(needs: readonly VersionNeeds[]): number {
  return needs.reduce((size, { requires }) => size + 1 + requires.length, 1);
}

type Pattern = NonNullable<ReturnType<typeof readPattern>>;

function readPattern(text: string) {
  const parsed = parseGrantPattern(text);
  return parsed.ok ? parsed.value : undefined;
}

async function listCovered(db: Db, patterns: readonly Pattern[]): Promise<HostedPackage[]> {
  const exact = patterns.filter(({ kind }) => kind === "exact").map(({ value }) => value);
  const found = new Map<string, HostedPackage>(
    (await findPackagesByName(db, exact)).map((hosted) => [hosted.id, hosted]),
  );
  for (const { kind, value } of patterns) {
    if (kind !== "prefix") continue;
    for (const hosted of await listHostedBelow(db, value)) found.set(hosted.id, hosted);
  }
  return [...found.values()];
}

/** The names in `require` that can be hosted anywhere; lower-cased. */
export function requiredNames(metadata: string): string[] {
  const { require: links } = JSON.parse(metadata) as JsonObject;
  if (typeof links !== "object" || links === null || Array.isArray(links)) return [];
  const names = Object.keys(links).map((name) => name.toLowerCase());
  return names.filter((name) => !isPlatformPackage(name));
}

/** The version rules of these terms, as of a grant in force. */
function grantOf(terms: GrantTerms, constraint: string | null): Grant {
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
