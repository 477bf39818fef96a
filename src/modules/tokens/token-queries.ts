import { sql } from "kysely";
import type { ExpressionBuilder, Insertable, RawBuilder, Selectable, SelectQueryBuilder, Updateable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, Schema, TokenTable } from "../../schema.ts";
import { idsOfCustomersNamed, visibleCustomers } from "../customers/index.ts";
import {
  GRACE_SECONDS_MAX,
  tokenGoesOn,
  grantsOutsideBound,
  isNotNarrowed,
  scopesOutsideBound,
} from "../grants/index.ts";
import { wordsOfMetadata } from "../search/index.ts";

export type TokenRow = Selectable<TokenTable>;

/** How far a caller sees: its shop, and only tokens that can read nothing outside its package bound. */
export interface Visibility {
  shop: string | null;
  packageBound: readonly string[] | null;
}

export interface TokenFilter {
  customerId?: string | undefined;
  orderId?: string | undefined;
  customerEmail?: string | undefined;
  status?: "active" | "suspended" | "expired" | "revoked" | "all" | undefined;
  /** Only tokens that expire, and before this second. */
  expiresBefore?: number | undefined;
  /** Further conditions on the row. */
  also?: readonly RawBuilder<boolean>[] | undefined;
  /** Default: newest first. */
  sort?: "expires_at" | undefined;
  /** Only rows after this one, in the order of the list. */
  after?: { at: number; id: string } | undefined;
  limit?: number | undefined;
}

/**
 * Undefined when the shop has a token with this `unique_order_id`. While another transaction makes one, uncommitted,
 * this waits for it: of two webhooks for one order one sells and the other is told so.
 */
export async function insertTokenIfNew(db: Db, row: Insertable<TokenTable>): Promise<TokenRow | undefined> {
  const inserted = await db
    .insertInto("tokens")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop", "unique_order_id"]).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (inserted !== undefined) await insertWords(db, inserted);
  return inserted;
}

/** Of the names in the metadata: by them it is searched for. */
async function insertWords(db: Db, { id, metadata }: TokenRow): Promise<void> {
  const words = wordsOfMetadata(JSON.parse(metadata) as Record<string, unknown>);
  if (words.length === 0) return;
  await db
    .insertInto("token_words")
    .values(words.map((word) => ({ token: id, word })))
    .execute();
}

/** Revoked and expired ones too: composer's user is told so. */
export async function findTokenByHash(db: Db, secretHash: string): Promise<TokenRow | undefined> {
  return await db.selectFrom("tokens").selectAll().where("secret_hash", "=", secretHash).executeTakeFirst();
}

export async function findTokenById(db: Db, id: string): Promise<TokenRow | undefined> {
  return await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function findVisibleToken(db: Db, visibility: Visibility, id: string): Promise<TokenRow | undefined> {
  return await db
    .selectFrom("tokens")
    .selectAll()
    .where("id", "=", id)
    .$call(visibleTokens(visibility))
    .executeTakeFirst();
}

/**
 * Holds the row until the transaction ends, on PostgreSQL: of two changes of one token the later one starts from what
 * the earlier one left. SQLite lets one transaction write at a time, and knows no such clause.
 */
export async function lockToken(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("tokens").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

/** Newest first, or what expires soonest first. */
export async function listTokenRows(
  db: Db,
  visibility: Visibility,
  filter: TokenFilter,
  now: number,
): Promise<TokenRow[]> {
  let query = db
    .selectFrom("tokens")
    .selectAll()
    .$call(visibleTokens(visibility))
    .$call(withStatus(filter.status, now))
    .$call(inOrderAfter(filter));
  if (filter.customerId !== undefined) {
    query = query.where("customer", "in", idsOfCustomersNamed(filter.customerId, visibility.shop));
  }
  if (filter.orderId !== undefined) query = query.where("order_id", "=", filter.orderId);
  if (filter.customerEmail !== undefined) query = query.where(isOfAddress(visibility, filter.customerEmail));
  if (filter.expiresBefore !== undefined) query = query.where("expires_at", "<", filter.expiresBefore);
  const expires = filter.sort === "expires_at" || filter.expiresBefore !== undefined;
  // Says nothing new; the index begins there instead of with everything that has expired.
  if (expires && filter.status === "active") query = query.where("expires_at", ">", now - GRACE_SECONDS_MAX);
  for (const condition of filter.also ?? []) query = query.where(condition);
  return await (filter.limit === undefined ? query : query.limit(filter.limit)).execute();
}

/**
 * Sold with this address, or of a customer whose address it is. Two look-ups; as one condition with "or" PostgreSQL
 * would read every token there is.
 */
function isOfAddress(visibility: Visibility, address: string) {
  return (where: ExpressionBuilder<Schema, "tokens">) => {
    const sold = where.selectFrom("tokens as sold").select("sold.id").where("sold.customer_email", "=", address);
    const customers = where
      .selectFrom("customers")
      .innerJoin("customer_addresses", "customer_addresses.customer", "customers.id")
      .select("customers.id")
      .where("customer_addresses.email", "=", address)
      .where("customer_addresses.replaced_at", "is", null)
      .$call(visibleCustomers(visibility));
    const theirs = where.selectFrom("tokens as theirs").select("theirs.id").where("theirs.customer", "in", customers);
    return where("tokens.id", "in", sold.unionAll(theirs));
  };
}

function inOrderAfter<O>({ sort, after }: Pick<TokenFilter, "sort" | "after">) {
  return (query: SelectQueryBuilder<Schema, "tokens", O>): SelectQueryBuilder<Schema, "tokens", O> => {
    const [column, direction, compare] =
      sort === "expires_at" ? (["expires_at", "asc", ">"] as const) : (["created_at", "desc", "<"] as const);
    const ordered = query.orderBy(column, direction).orderBy("id", direction);
    const expiring = sort === "expires_at" ? ordered.where("expires_at", "is not", null) : ordered;
    if (after === undefined) return expiring;
    const { at, id } = after;
    // The first condition says nothing new; it is what the index on the time is asked by.
    return expiring
      .where(column, `${compare}=`, at)
      .where((where) => where.or([where(column, compare, at), where("id", compare, id)]));
  };
}

export async function updateToken(db: Db, id: string, change: Updateable<TokenTable>): Promise<TokenRow> {
  const query = db.updateTable("tokens").set(change).where("id", "=", id).returningAll();
  const updated = await query.executeTakeFirstOrThrow();
  if (change.metadata !== undefined) {
    await db.deleteFrom("token_words").where("token", "=", id).execute();
    await insertWords(db, updated);
  }
  return updated;
}

/** What the management token that made a token may grant; null: everything, or somebody else made it. */
export async function findBoundOfMaker(db: Db, createdBy: string): Promise<readonly string[] | null> {
  const maker = await db
    .selectFrom("management_tokens")
    .select("package_bound")
    .where("id", "=", createdBy)
    .executeTakeFirst();
  return typeof maker?.package_bound === "string" ? (JSON.parse(maker.package_bound) as string[]) : null;
}

/** Whatever became of them, held as by {@link lockToken}; in one order, so that two who hold several do not deadlock. */
export async function lockAllTokensOfCustomer(db: Db, engine: Engine, customer: string): Promise<TokenRow[]> {
  return await db
    .selectFrom("tokens")
    .selectAll()
    .where("customer", "=", customer)
    .orderBy("id")
    .$if(engine === "postgres", (query) => query.forNoKeyUpdate())
    .execute();
}

/** True when this call is the one that revoked it. */
export async function markTokenRevoked(
  db: Db,
  id: string,
  now: number,
  cause: Pick<TokenRow, "revoked_why" | "customer_revocation" | "order_revocation">,
): Promise<boolean> {
  const result = await db
    .updateTable("tokens")
    .set({ revoked_at: now, updated_at: now, ...cause })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** What a caller sees of the table. */
export function visibleTokens<O>(visibility: Visibility) {
  return (query: SelectQueryBuilder<Schema, "tokens", O>): SelectQueryBuilder<Schema, "tokens", O> => {
    const { shop, packageBound } = visibility;
    const ofShop = shop === null ? query : query.where("shop", "=", shop);
    if (packageBound === null) return ofShop;
    return (
      ofShop
        .where((e) =>
          e.not(
            e.exists(
              e
                .selectFrom("grants")
                .select(sql`1`.as("one"))
                .whereRef("grants.token", "=", "tokens.id")
                .where(grantsOutsideBound(packageBound)),
            ),
          ),
        )
        // Whatever its customer is sold one day: it is for everything.
        .where((e) => e.or([e("tokens.access", "!=", "customer"), e.not(isNotNarrowed("tokens.id"))]))
        .where((e) =>
          e.not(
            e.exists(
              e
                .selectFrom("token_scopes")
                .select(sql`1`.as("one"))
                .whereRef("token_scopes.token", "=", "tokens.id")
                .where(scopesOutsideBound(packageBound)),
            ),
          ),
        )
    );
  };
}

function withStatus<O>(status: TokenFilter["status"], now: number) {
  return (query: SelectQueryBuilder<Schema, "tokens", O>): SelectQueryBuilder<Schema, "tokens", O> => {
    switch (status) {
      case "all":
        return query;
      case "revoked":
        return query.where("revoked_at", "is not", null);
      case "active":
        return query.where("revoked_at", "is", null).where("suspended_at", "is", null).where(tokenGoesOn(now));
      case "suspended":
        return query.where("revoked_at", "is", null).where("suspended_at", "is not", null);
      case "expired":
        return (
          query
            .where("revoked_at", "is", null)
            .where("suspended_at", "is", null)
            // Says nothing new; an index has it.
            .where("expires_at", "<=", now)
            .where((e) => e.not(tokenGoesOn(now)))
        );
      case undefined:
        return query.where("revoked_at", "is", null);
    }
  };
}
