import { parsePackageName } from "../../composer/index.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Engine } from "../../platform/database/index.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database, Db } from "../../schema.ts";
import { NOTHING_GIVEN, patternsOpening, readGivenGrants, readGivenGrantsOfTokens } from "../grants/index.ts";
import type { Caller } from "../callers/index.ts";
import { holdCustomer, refuseAmbiguousCustomer } from "../customers/index.ts";
import { findPreviousSecret } from "../rotated-secrets/index.ts";
import type { PresentedPreviousSecret } from "../rotated-secrets/index.ts";
import { matching, readQuoted, tokenRules, tokensReading } from "../search/index.ts";
import { readTokenNetworks } from "../usage/index.ts";
import type { NetworkCounts, Usage } from "../usage/index.ts";
import { searchableEmail } from "./token-metadata.ts";
import { presentToken } from "./token-presenter.ts";
import type { PresentedToken } from "./token-presenter.ts";
import { listLeaksOf } from "./token-leaks.ts";
import type { PresentedLeak } from "./token-leaks.ts";
import { findVisibleToken, listTokenRows, lockToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";
import type { TokenListQuery } from "./token-schemas.ts";

const DEFAULT_LIMIT = 100;

export interface ListTokenDeps {
  database: Pick<Database, "db" | "engine">;
  clock: Clock;
  /** Of the process that serves: what it counted is written before it is read. The command line counts nothing. */
  usage?: Pick<Usage, "flush">;
}

export interface ReadTokenDeps extends ListTokenDeps {
  usage: Pick<Usage, "flush" | "totalsOf">;
  /** Requests the token may make right now; undefined when nothing limits it. */
  rateLimitRemaining(token: { id: string; rateLimitMax: number | null }): number | undefined;
}

const ID = /^token_[0-9A-Za-z]{1,40}$/;

/** What a caller may not see does not exist for it, and neither does what was never one of our ids. */
export async function getVisibleToken(db: Db, caller: Caller, id: string): Promise<TokenRow> {
  const row = ID.test(id) ? await findVisibleToken(db, caller, id) : undefined;
  if (row === undefined) throw new AppError("resource.not_found", "There is no such token.");
  return row;
}

/**
 * The token, held still until the transaction ends, and before it its customer: whoever changes a customer holds them in
 * this order, and what is written beside a token, such as a mail, waits for the customer too.
 */
export async function getTokenForChange(trx: Db, engine: Engine, caller: Caller, id: string): Promise<TokenRow> {
  const { customer } = await getVisibleToken(trx, caller, id);
  if (customer !== null) await holdCustomer(trx, engine, customer);
  await lockToken(trx, engine, id);
  return await getVisibleToken(trx, caller, id);
}

export type TokenWithUsage = PresentedToken & {
  previous_secret: PresentedPreviousSecret | null;
  leaks: PresentedLeak[];
  usage: {
    requests_this_hour: number;
    requests_total: number;
    downloads_total: number;
    rate_limit_remaining: number | null;
    networks: NetworkCounts;
    ci_networks: NetworkCounts;
  };
};

/** One token with its usage (spec: "Monitor token usage via Management API"), as of now. */
export async function readToken(deps: ReadTokenDeps, caller: Caller, id: string): Promise<TokenWithUsage> {
  await unlessStorageFails(() => deps.usage.flush());
  const now = nowSeconds(deps.clock);
  const row = await getVisibleToken(deps.database.db, caller, id);
  const presented = presentToken(row, await readGivenGrants(deps.database.db, row), now);
  const totals = await deps.usage.totalsOf(id, now);
  return {
    ...presented,
    previous_secret: await findPreviousSecret(deps.database.db, { kind: "token", id }),
    leaks: await listLeaksOf(deps.database.db, id),
    usage: {
      requests_this_hour: totals.requestsThisHour,
      requests_total: totals.requests,
      downloads_total: totals.downloads,
      rate_limit_remaining: deps.rateLimitRemaining({ id, rateLimitMax: row.rate_limit_max }) ?? null,
      ...(await readTokenNetworks(deps.database.db, id, now)),
    },
  };
}

/** A page of tokens, newest first, and the cursor of the next one where there is more. */
export async function listTokens(
  deps: ListTokenDeps,
  caller: Caller,
  query: TokenListQuery,
): Promise<{ tokens: PresentedToken[]; nextCursor: string | undefined }> {
  await unlessStorageFails(() => deps.usage?.flush() ?? Promise.resolve());
  const now = nowSeconds(deps.clock);
  const { db } = deps.database;
  if (query.customer_id !== undefined) await refuseAmbiguousCustomer(db, caller, query.customer_id);
  // The revoke loop of the spec deletes what it is shown, and must be shown all of it.
  const limit = query.limit ?? (query.customer_id === undefined ? DEFAULT_LIMIT : undefined);
  const rows = await listTokenRows(
    db,
    caller,
    {
      customerId: query.customer_id,
      orderId: query.order_id,
      customerEmail: query.customer_email === undefined ? undefined : searchableEmail(query.customer_email),
      status: query.status,
      expiresBefore: query.expires_before,
      also: await searchConditions(deps, query, now),
      sort: query.sort === "expires_at" ? query.sort : undefined,
      after: query.cursor === undefined ? undefined : readCursor(query.cursor, "token"),
      limit: limit === undefined ? undefined : limit + 1,
    },
    now,
  );
  const page = limit === undefined ? rows : rows.slice(0, limit);
  const last = page.at(-1);
  return {
    tokens: await presentTokens(db, page, now),
    nextCursor: rows.length > page.length && last !== undefined ? writeCursor(placeOf(last, query.sort)) : undefined,
  };
}

/** A list by expiry holds no token that never expires. */
function placeOf(row: TokenRow, sort: TokenListQuery["sort"]) {
  return { at: sort === "expires_at" ? (row.expires_at ?? 0) : row.created_at, id: row.id };
}

async function searchConditions(
  { database: { db, engine } }: Pick<ListTokenDeps, "database">,
  query: Pick<TokenListQuery, "q" | "package">,
  now: number,
) {
  const rules = [];
  if (query.q !== undefined) rules.push(tokenRules(engine, readQuoted(query.q)));
  if (query.package !== undefined) {
    const name = parsePackageName(query.package);
    if (!name.ok) throw invalidField("?package", "must be a package's name, such as acme/checkout");
    rules.push(tokensReading(await patternsOpening(db, [name.value]), now));
  }
  return await Promise.all(rules.map((some) => matching(db, "tokens.id", some)));
}

/** With their prefixes, in the order given. */
export async function presentTokens(db: Db, rows: TokenRow[], now: number): Promise<PresentedToken[]> {
  const given = await readGivenGrantsOfTokens(db, rows);
  return rows.map((row) => presentToken(row, given.get(row.id) ?? NOTHING_GIVEN, now));
}
