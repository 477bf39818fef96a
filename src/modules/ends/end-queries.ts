import { sql } from "kysely";
import type { RawBuilder, Selectable } from "kysely";
import type { Db, GrantTable, TokenTable } from "../../schema.ts";

/** Where a list by expiry goes on. */
export interface EndPlace {
  expires_at: number;
  id: string;
}

export type EndingToken = Pick<
  Selectable<TokenTable>,
  "id" | "shop" | "customer" | "grace_days" | "expiry_set_at" | "created_at"
> & { expires_at: number };

/** What webhooks were told of a token: that it ends soon, or that it ended. */
export type ToldColumn = "expiring_told" | "expired_told";

/** As the partial index has it: of an end that was told nothing is read again. */
function isUntold(column: ToldColumn): RawBuilder<boolean> {
  return sql<boolean>`(${sql.ref(column)} is null or ${sql.ref(column)} <> expires_at)`;
}

/**
 * Tokens that expire in a window, both ends included, and of which that was not told. Without those that are revoked or
 * suspended, and those whose purchase is a line of an order: the line ends, and the token goes on.
 */
export async function listUntoldTokens(
  db: Db,
  column: ToldColumn,
  window: { from: number; to: number },
  after: EndPlace,
  limit: number,
): Promise<EndingToken[]> {
  const rows = await db
    .selectFrom("tokens")
    .select(["id", "shop", "customer", "expires_at", "grace_days", "expiry_set_at", "created_at"])
    .where("revoked_at", "is", null)
    .where(isUntold(column))
    .where("suspended_at", "is", null)
    .where("order_line", "is", null)
    .where("expires_at", ">=", Math.max(window.from, after.expires_at))
    .where("expires_at", "<=", window.to)
    .where((where) => where.or([where("expires_at", ">", after.expires_at), where("id", ">", after.id)]))
    .orderBy("expires_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.flatMap(({ expires_at, ...row }) => (expires_at === null ? [] : [{ ...row, expires_at }]));
}

/** True for the one who is to tell of this end: it is untold, and it is the token's still. */
export async function markTokenTold(db: Db, column: ToldColumn, { id, expires_at }: EndingToken): Promise<boolean> {
  const result = await db
    .updateTable("tokens")
    .set({ [column]: expires_at })
    .where("id", "=", id)
    .where("expires_at", "=", expires_at)
    .where("revoked_at", "is", null)
    .where("suspended_at", "is", null)
    .where(isUntold(column))
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

export type EndedGrant = Pick<
  Selectable<GrantTable>,
  "id" | "grace_days" | "updated_at" | "is_dependency" | "package_pattern"
> & { shop: string; customer: string; order_id: string; line: string; expires_at: number };

/** The same of what lines of orders grant to customers, one row for each pattern. */
export async function listUntoldGrants(db: Db, to: number, after: EndPlace, limit: number): Promise<EndedGrant[]> {
  const rows = await db
    .selectFrom("grants")
    .innerJoin("customers", "customers.id", "grants.customer")
    .select(["grants.id", "customers.shop", "grants.customer", "order_id", "line", "expires_at", "grace_days"])
    .select(["grants.updated_at", "is_dependency", "package_pattern"])
    .where("grants.customer", "is not", null)
    .where("grants.revoked_at", "is", null)
    .where(isUntold("expired_told"))
    .where("grants.suspended_at", "is", null)
    .where("customers.suspended_at", "is", null)
    .where("order_id", "is not", null)
    .where("line", "is not", null)
    .where("expires_at", ">=", after.expires_at)
    .where("expires_at", "<=", to)
    .where((where) => where.or([where("expires_at", ">", after.expires_at), where("grants.id", ">", after.id)]))
    .orderBy("expires_at")
    .orderBy("grants.id")
    .limit(limit)
    .execute();
  return rows as EndedGrant[];
}

/**
 * Marks everything of a line that has this end, and returns its packages, without what was granted along. Undefined
 * where it was told of this end already, or has another one by now: other packages of it are no other end.
 */
export async function markLineTold(db: Db, ended: EndedGrant): Promise<string[] | undefined> {
  const { customer, order_id, line, expires_at } = ended;
  const ofLine = db
    .updateTable("grants")
    .set({ expired_told: expires_at })
    .where("customer", "=", customer)
    .where("order_id", "=", order_id)
    .where("line", "=", line)
    .where("expires_at", "=", expires_at)
    .where("revoked_at", "is", null)
    .where("suspended_at", "is", null);
  const told = await db
    .selectFrom("grants")
    .select("id")
    .where("customer", "=", customer)
    .where("order_id", "=", order_id)
    .where("line", "=", line)
    .where("expired_told", "=", expires_at)
    .limit(1)
    .executeTakeFirst();
  const marked = await ofLine.where(isUntold("expired_told")).returning(["package_pattern", "is_dependency"]).execute();
  if (told !== undefined || marked.length === 0) return undefined;
  return marked.filter(({ is_dependency }) => is_dependency === 0).map(({ package_pattern }) => package_pattern);
}
