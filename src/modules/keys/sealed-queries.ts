import { sql } from "kysely";
import type { SealedColumn } from "../../platform/crypto/sealed-columns.ts";
import type { Db } from "../../schema.ts";

export type SealedRow = Record<string, string | null>;

/** Rows whose text was sealed with another key than this one; in pages, past those that were given up. */
export async function listSealedOtherwise(
  db: Db,
  { table, column, key }: SealedColumn,
  keyId: string,
  page: { limit: number; offset: number },
): Promise<SealedRow[]> {
  const order = sql.join(key.map((name) => sql.ref(name)));
  const { rows } = await sql<SealedRow>`select * from ${sql.table(table)}
    where ${sql.ref(column)} like 'v1.%' and ${sql.ref(column)} not like ${`v1.${keyId}.%`}
    order by ${order} limit ${page.limit} offset ${page.offset}`.execute(db);
  return rows;
}

export async function pageSealed(
  db: Db,
  { table, column, key }: SealedColumn,
  page: { limit: number; offset: number },
): Promise<SealedRow[]> {
  const order = sql.join(key.map((name) => sql.ref(name)));
  const { rows } = await sql<SealedRow>`select * from ${sql.table(table)} where ${sql.ref(column)} like 'v1.%'
    order by ${order} limit ${page.limit} offset ${page.offset}`.execute(db);
  return rows;
}

/** Only while it is still what was read: whoever has changed it meanwhile has sealed it with the key in use. */
export async function replaceSealed(
  db: Db,
  { table, column, key }: SealedColumn,
  row: SealedRow,
  sealed: string,
): Promise<void> {
  const same = key.map((name) => sql`${sql.ref(name)} = ${row[name]}`);
  await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${sealed}
    where ${sql.ref(column)} = ${row[column]} and ${sql.join(same, sql` and `)}`.execute(db);
}

/** How many audit records a key has signed or linked. */
export async function countRecordsOfKey(db: Db, keyId: string): Promise<number> {
  const row = await db
    .selectFrom("audit_events")
    .where((where) => where.or([where("mac", "like", `${keyId}.%`), where("chain_key", "=", keyId)]))
    .select(sql<number>`count(*)`.as("count"))
    .executeTakeFirstOrThrow();
  return row.count;
}
