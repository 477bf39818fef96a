import { sql } from "kysely";
import type { Insertable, Selectable, SelectQueryBuilder, Updateable } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { Db, Schema, TokenTable } from "../../schema.ts";

export type TokenRow = Selectable<TokenTable>;

/** How far a caller sees: its shop, and only tokens that read nothing outside its package bound. */
export interface Visibility {
  shop: string | null;
  packageBound: readonly string[] | null;
}

export interface TokenFilter {
  customerId?: string | undefined;
  orderId?: string | undefined;
  customerEmail?: string | undefined;
  status?: "active" | "expired" | "revoked" | "all" | undefined;
  /** Only rows after this one, in the order of the list. */
  after?: { at: number; id: string } | undefined;
  limit?: number | undefined;
}

/**
 * Undefined when the shop has a token with this `unique_order_id`. While another transaction makes one, uncommitted,
 * this waits for it: of two webhooks for one order one sells and the other is told so.
 */
export async function insertTokenIfNew(db: Db, row: Insertable<TokenTable>): Promise<TokenRow | undefined> {
  return await db
    .insertInto("tokens")
    .values(row)
    .onConflict((conflict) => conflict.columns(["shop", "unique_order_id"]).doNothing())
    .returningAll()
    .executeTakeFirst();
}

/** Revoked and expired ones too: composer's user is told so. */
export async function findTokenByHash(db: Db, secretHash: string): Promise<TokenRow | undefined> {
  return await db.selectFrom("tokens").selectAll().where("secret_hash", "=", secretHash).executeTakeFirst();
}

export async function findTokenById(db: Db, id: string): Promise<TokenRow | undefined> {
  return await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function findTokenOfOrder(db: Db, shop: string, orderId: string): Promise<TokenRow | undefined> {
  return await db
    .selectFrom("tokens")
    .selectAll()
    .where("shop", "=", shop)
    .where("unique_order_id", "=", orderId)
    .executeTakeFirst();
}

export async function findVisibleToken(db: Db, visibility: Visibility, id: string): Promise<TokenRow | undefined> {
  return await db.selectFrom("tokens").selectAll().where("id", "=", id).$call(within(visibility)).executeTakeFirst();
}

/**
 * Holds the row until the transaction ends, on PostgreSQL: of two changes of one token the later one starts from what
 * the earlier one left. SQLite lets one transaction write at a time, and knows no such clause.
 */
export async function lockToken(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("tokens").select("id").where("id", "=", id).forNoKeyUpdate().execute();
}

/** Newest first. */
export async function listTokenRows(
  db: Db,
  visibility: Visibility,
  filter: TokenFilter,
  now: number,
): Promise<TokenRow[]> {
  let query = db.selectFrom("tokens").selectAll().$call(within(visibility)).$call(withStatus(filter.status, now));
  if (filter.customerId !== undefined) {
    const { customerId } = filter;
    query = query.where("customer", "in", (sub) => {
      const named = sub.selectFrom("customers").select("id").where("customer_id", "=", customerId);
      return visibility.shop === null ? named : named.where("shop", "=", visibility.shop);
    });
  }
  if (filter.orderId !== undefined) query = query.where("order_id", "=", filter.orderId);
  if (filter.customerEmail !== undefined) query = query.where("customer_email", "=", filter.customerEmail);
  if (filter.after !== undefined) {
    const { at, id } = filter.after;
    query = query.where((where) =>
      where.or([where("created_at", "<", at), where.and([where("created_at", "=", at), where("id", "<", id)])]),
    );
  }
  query = query.orderBy("created_at", "desc").orderBy("id", "desc");
  return await (filter.limit === undefined ? query : query.limit(filter.limit)).execute();
}

export async function updateToken(db: Db, id: string, change: Updateable<TokenTable>): Promise<TokenRow> {
  return await db.updateTable("tokens").set(change).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

/** True when this call is the one that revoked it. */
export async function markTokenRevoked(db: Db, id: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable("tokens")
    .set({ revoked_at: now, updated_at: now })
    .where("id", "=", id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

function within<O>(visibility: Visibility) {
  return (query: SelectQueryBuilder<Schema, "tokens", O>): SelectQueryBuilder<Schema, "tokens", O> => {
    const { shop, packageBound } = visibility;
    const ofShop = shop === null ? query : query.where("shop", "=", shop);
    if (packageBound === null) return ofShop;
    return ofShop.where((e) =>
      e.not(
        e.exists(
          e
            .selectFrom("grants")
            .select(sql`1`.as("one"))
            .where((g) =>
              g.or([
                g("grants.token", "=", g.ref("tokens.id")),
                g.and([g("tokens.access", "=", "customer"), g("grants.customer", "=", g.ref("tokens.customer"))]),
              ]),
            )
            .where("grants.revoked_at", "is", null)
            .where((g) => g.not(g.or(packageBound.map(coversStoredPattern)))),
        ),
      ),
    );
  };
}

/** Stored patterns are canonical, so a prefix covers exactly the patterns that begin with it. */
function coversStoredPattern(bound: string) {
  const isPrefix = bound.endsWith("/") || bound.endsWith("*");
  if (!isPrefix) return sql<boolean>`grants.package_pattern = ${bound}`;
  const start = bound.replace(/\*$/, "");
  return sql<boolean>`substr(grants.package_pattern, 1, ${sql.lit(start.length)}) = ${start}`;
}

function withStatus<O>(status: TokenFilter["status"], now: number) {
  return (query: SelectQueryBuilder<Schema, "tokens", O>): SelectQueryBuilder<Schema, "tokens", O> => {
    switch (status) {
      case "all":
        return query;
      case "revoked":
        return query.where("revoked_at", "is not", null);
      case "active":
        return query
          .where("revoked_at", "is", null)
          .where((where) => where.or([where("expires_at", "is", null), where("expires_at", ">", now)]));
      case "expired":
        return query.where("revoked_at", "is", null).where("expires_at", "<=", now);
      case undefined:
        return query.where("revoked_at", "is", null);
    }
  };
}
