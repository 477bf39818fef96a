import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { Db, GrantTable, LeakedSecretTable, TokenTable } from "../../schema.ts";

export type TokenRow = Selectable<TokenTable>;

export async function findTokenRow(db: Db, id: string): Promise<TokenRow | undefined> {
  return await db.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

/** By `customers.id`. */
export async function findCustomerOfMail(
  db: Db,
  id: string,
): Promise<{ customer_id: string; email: string | null } | undefined> {
  return await db
    .selectFrom("customers")
    .select(["customer_id", "email"])
    .where("id", "=", id)
    .where("erased_at", "is", null)
    .executeTakeFirst();
}

/** Until when the newest secret that was replaced goes on working; undefined where none does. */
export async function findOverlapEnd(db: Db, token: string, now: number): Promise<number | undefined> {
  const row = await db
    .selectFrom("rotated_secrets")
    .select("expires_at")
    .where("token", "=", token)
    .where("expires_at", ">", now)
    .orderBy("ordinal", "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.expires_at;
}

/** The secret of a token that was reported as found in public, by the beginning of its hash. */
export async function findLeak(
  db: Db,
  token: string,
  hashBeginning: string,
): Promise<Pick<Selectable<LeakedSecretTable>, "last_four" | "url" | "outcome"> | undefined> {
  const rows = await db
    .selectFrom("leaked_secrets")
    .select(["secret_hash", "last_four", "url", "outcome"])
    .where("token", "=", token)
    .execute();
  return rows.find(({ secret_hash }) => secret_hash.startsWith(hashBeginning));
}

/** Where a scan of tokens by expiry goes on. */
export interface ScanPlace {
  expires_at: number;
  id: string;
}

/**
 * Tokens whose customers are to be reminded: they expire after `from` and not after `to`, were meant to at the time of
 * the reminder already, and have no reminder of this time. In the order of the index that this reads.
 */
export async function listTokensToRemind(
  db: Db,
  window: { from: number; to: number; daysAhead: number },
  after: ScanPlace,
  limit: number,
): Promise<{ token: TokenRow; isToRemind: boolean }[]> {
  const { from, to, daysAhead } = window;
  const aheadSeconds = daysAhead * 24 * 3600;
  const rows = await db
    .selectFrom("tokens")
    .selectAll()
    .select((select) =>
      select
        .exists(
          select
            .selectFrom("customer_mails")
            .select("customer_mails.id")
            .whereRef("customer_mails.token", "=", "tokens.id")
            .where("customer_mails.kind", "=", "expiring")
            .whereRef("customer_mails.expires_at", "=", "tokens.expires_at")
            .where("customer_mails.days_ahead", "=", daysAhead),
        )
        .as("is_reminded"),
    )
    .where("notify", "=", sql.lit(1))
    .where("revoked_at", "is", null)
    .where("suspended_at", "is", null)
    // Of what was sold with a line that one is told of.
    .where("order_line", "is", null)
    .where("expires_at", ">", from)
    .where("expires_at", "<=", to)
    .where("expires_at", ">=", after.expires_at)
    .where((where) => where.or([where("expires_at", ">", after.expires_at), where("id", ">", after.id)]))
    .orderBy("expires_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(({ is_reminded, ...token }) => {
    const setAt = token.expiry_set_at ?? token.created_at;
    const isDueLater = setAt < (token.expires_at ?? 0) - aheadSeconds;
    return { token, isToRemind: isDueLater && !is_reminded };
  });
}

/** A row of a line that was granted to a customer. */
export type LineGrantRow = Selectable<GrantTable> & { customer: string; order_id: string; line: string };

/** The same as {@link listTokensToRemind} of lines of orders; one row for each pattern of a line. */
export async function listLinesToRemind(
  db: Db,
  window: { from: number; to: number; daysAhead: number },
  after: ScanPlace,
  limit: number,
): Promise<{ grant: LineGrantRow; isToRemind: boolean }[]> {
  const { from, to, daysAhead } = window;
  const rows = await db
    .selectFrom("grants")
    .selectAll()
    .select((select) =>
      select
        .exists(
          select
            .selectFrom("customer_mails")
            .select("customer_mails.id")
            .whereRef("customer_mails.customer", "=", "grants.customer")
            .where("customer_mails.kind", "=", "expiring")
            .whereRef("customer_mails.order_id", "=", "grants.order_id")
            .whereRef("customer_mails.line", "=", "grants.line")
            .whereRef("customer_mails.expires_at", "=", "grants.expires_at")
            .where("customer_mails.days_ahead", "=", daysAhead),
        )
        .as("is_reminded"),
    )
    .where("customer", "is not", null)
    .where("revoked_at", "is", null)
    .where("suspended_at", "is", null)
    .where((where) =>
      where.exists(
        where
          .selectFrom("tokens")
          .select("tokens.id")
          .whereRef("tokens.customer", "=", "grants.customer")
          .where("tokens.access", "=", "customer")
          .where("tokens.notify", "=", 1)
          .where("tokens.revoked_at", "is", null)
          .where("tokens.suspended_at", "is", null),
      ),
    )
    .where("expires_at", ">", from)
    .where("expires_at", "<=", to)
    .where("expires_at", ">=", after.expires_at)
    .where((where) => where.or([where("expires_at", ">", after.expires_at), where("id", ">", after.id)]))
    .orderBy("expires_at")
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map(({ is_reminded, ...row }) => {
    const isOfLine = row.order_id !== null && row.line !== null && row.is_dependency === 0;
    // Not since the row was changed: a suspension that ends, or a move, sells nothing.
    const setAt = row.occurred_at ?? row.created_at;
    const isDueLater = setAt < (row.expires_at ?? 0) - daysAhead * 24 * 3600;
    return { grant: row as LineGrantRow, isToRemind: isOfLine && isDueLater && !is_reminded };
  });
}

/** The newest token by which a customer (`customers.id`) reads what is granted to it, and is mailed about. */
export async function findMailedToken(db: Db, customer: string): Promise<TokenRow | undefined> {
  return await db
    .selectFrom("tokens")
    .selectAll()
    .where("customer", "=", customer)
    .where("access", "=", "customer")
    .where("notify", "=", 1)
    .where("revoked_at", "is", null)
    .where("suspended_at", "is", null)
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}
