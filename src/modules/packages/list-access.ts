import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { RecentAnswers } from "../../platform/recent-answers.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import {
  areFewGrants,
  countHolders,
  hasEnded,
  holdsOneOf,
  listGrantsOfCustomers,
  listGrantsOfTokens,
  listUsedPatterns,
  patternsOpening,
} from "../grants/index.ts";
import type { GrantRow, HolderCounts } from "../grants/index.ts";
import { shownAddress } from "../mail-addresses/index.ts";
import { listTokenRows, visibleTokens } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import { listCustomersById } from "./access-queries.ts";
import type { AccessCustomer } from "./access-queries.ts";
import { getVisiblePackage } from "./browse-packages.ts";
import type { BrowseDeps } from "./browse-packages.ts";

const DEFAULT_LIMIT = 100;

export interface PackageAccessEntry {
  token_id: string;
  description: string;
  shop: string;
  customer_id: string | null;
  customer_email: string | null;
  /** Of the widest grant that covers the package. */
  pattern: string;
  /** `all`, or what the grant lets through in words. */
  versions: string;
  updates_until: number | null;
  /** When the token or the grant ends, whichever is first. */
  expires_at: number | null;
  last_used_at: number | null;
}

export interface PackageAccessPage {
  /** On the first page only; counting is the dear part. */
  tokens: number | null;
  customers: number | null;
  access: PackageAccessEntry[];
}

export interface AccessDeps extends BrowseDeps {
  clock: Clock;
  /** What was counted a moment ago, where counting takes long. */
  recentCounts: RecentAnswers<HolderCounts>;
}

/** Who can install a package: active tokens with a grant in force, newest first. Throws 404 for what the caller may not see. */
export async function listPackageAccess(
  deps: AccessDeps,
  caller: Caller,
  name: string,
  query: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ page: PackageAccessPage; nextCursor: string | undefined }> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const hosted = await getVisiblePackage(db, caller, name);
  const now = nowSeconds(deps.clock);
  const patterns = await listUsedPatterns(db, await patternsOpening(db, [hosted.name]));
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "token");
  const areFew = await areFewGrants(db, patterns);
  const also = [holdsOneOf(patterns, areFew, now)];
  const rows = await listTokenRows(db, caller, { status: "active", also, after, limit: limit + 1 }, now);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const count = () => countHolders(db, patterns, now, visibleTokens(caller));
  const key = JSON.stringify([caller.shop, caller.packageBound, patterns]);
  const totals =
    after !== undefined ? { tokens: null, customers: null } : await (areFew ? count() : deps.recentCounts(key, count));
  return {
    page: { ...totals, access: await presentAccess(db, page, new Set(patterns), now) },
    nextCursor:
      rows.length > limit && last !== undefined ? writeCursor({ at: last.created_at, id: last.id }) : undefined,
  };
}

async function presentAccess(
  db: Db,
  tokens: readonly TokenRow[],
  patterns: ReadonlySet<string>,
  now: number,
): Promise<PackageAccessEntry[]> {
  const isInForce = (grant: GrantRow) =>
    patterns.has(grant.package_pattern) &&
    grant.revoked_at === null &&
    grant.suspended_at === null &&
    !hasEnded(grant, now) &&
    (grant.starts_at === null || grant.starts_at <= now);
  const customerIds = [...new Set(tokens.flatMap(({ customer }) => customer ?? []))];
  const customers = await listCustomersById(db, customerIds);
  const own = await listGrantsOfTokens(
    db,
    tokens.map(({ id }) => id),
  );
  const theirs = await listGrantsOfCustomers(db, customerIds);
  const ofToken = Map.groupBy(own.filter(isInForce), (grant) => grant.token);
  const ofCustomer = Map.groupBy(theirs.filter(isInForce), (grant) => grant.customer);
  return tokens.flatMap((token) => {
    // A project token is here because the package lies within it; what it reads then is its customer's grant.
    const inherited = token.access !== "own" ? (ofCustomer.get(token.customer) ?? []) : [];
    const grant = widest([...(ofToken.get(token.id) ?? []), ...inherited]);
    // Revoked between the two queries.
    return grant === undefined ? [] : [presentEntry(token, customers.get(token.customer ?? ""), grant)];
  });
}

function presentEntry(token: TokenRow, customer: AccessCustomer | undefined, grant: GrantRow): PackageAccessEntry {
  const ends = [token.order_line === null ? token.expires_at : null, grant.expires_at].filter((end) => end !== null);
  return {
    token_id: token.id,
    description: token.description,
    shop: token.shop,
    customer_id: customer?.customer_id ?? null,
    customer_email: shownAddress(token, customer?.email),
    pattern: grant.package_pattern,
    versions: versionsOf(grant),
    updates_until: grant.updates_until,
    expires_at: ends.length === 0 ? null : Math.min(...ends),
    last_used_at: token.last_used_at,
  };
}

/** Of several grants one is shown: the one without limits, else the one whose updates last longest. */
function widest(grants: readonly GrantRow[]): GrantRow | undefined {
  const narrowness = ({ version_constraint, stability, updates_until, expires_at }: GrantRow) => [
    Number(version_constraint !== null) + Number(stability !== null),
    -(updates_until ?? Infinity),
    -(expires_at ?? Infinity),
  ];
  return grants.toSorted((a, b) => {
    const [left, right] = [narrowness(a), narrowness(b)];
    const different = left.findIndex((value, index) => value !== right[index]);
    return different === -1 ? 0 : (left[different] ?? 0) < (right[different] ?? 0) ? -1 : 1;
  })[0];
}

function versionsOf({ version_constraint, stability }: GrantRow): string {
  const parts = [
    ...(version_constraint === null ? [] : [version_constraint]),
    ...(stability === null ? [] : [stability === "stable" ? "stable" : `${stability} or more stable`]),
  ];
  return parts.length === 0 ? "all" : parts.join(", ");
}
