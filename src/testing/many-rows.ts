import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { Database } from "../schema.ts";

/** When the youngest of the rows was made. */
export const MANY_ROWS_NOW = 1_800_000_000;

/** How long before the next one each row was made, so that 100,000 tokens, or 1,000,000 records, are three years. */
const THREE_YEARS = 90_000_000;

/**
 * Fills an empty database with what a large vendor has after three years: so many customers, each with a token, and so
 * many audit records. Straight in SQL, because by the API it would take hours. Row `i` has `i` in its ids.
 */
export async function insertManyRows(database: Database, counts: { tokens: number; events: number }): Promise<void> {
  const { tokens, events } = counts;
  const numbers = (count: number) =>
    database.engine === "sqlite"
      ? sql`(with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ${sql.lit(count)}) select i from n) as n`
      : sql`(select i::bigint as i from generate_series(0, ${sql.lit(count - 1)}) as i) as n`;
  const insert = async (table: string, columns: Record<string, string>, count: number, where = "1 = 1") => {
    const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
    const values = sql.join(Object.values(columns).map((value) => sql.raw(value)));
    const from: RawBuilder<unknown> = numbers(count);
    await sql`insert into ${sql.table(table)} (${names}) select ${values} from ${from} where ${sql.raw(where)}`.execute(
      database.db,
    );
  };
  const at = (count: number) => `${MANY_ROWS_NOW} - (${count} - i) * ${Math.max(1, Math.floor(THREE_YEARS / count))}`;
  const shop = "case when i % 10 = 9 then 'second' else 'default' end";
  await insert("shops", { name: "case when i = 0 then 'default' else 'second' end", created_at: "1" }, 2);
  const made = { created_at: at(tokens), updated_at: at(tokens) };
  const email = "'buyer-' || i || '@example.com'";
  await insert(
    "customers",
    { id: "'cust_b' || i", shop, customer_id: "cast(i as text)", email, ...made, erased_at: "null" },
    tokens,
  );
  await insert(
    "tokens",
    {
      ...{ id: "'token_b' || i", shop, customer: "case when i % 10 = 3 then null else 'cust_b' || i end" },
      ...{ secret_hash: "'hash ' || i", last_four: "cast(1000 + i % 9000 as text)", description: "'A sale'" },
      ...{ permissions: "'readonly'", metadata: "'{}'", order_id: "'order-' || i", customer_email: email },
      expires_at: `case when i % 3 = 0 then null else ${at(tokens)} + 31536000 end`,
      ...{ rate_limit_max: "null", access: "'own'", unique_order_id: "null", created_by: "'mgmt_b'", ...made },
      revoked_at: `case when i % 20 = 7 then ${at(tokens)} + 100 else null end`,
      last_used_at: "null",
    },
    tokens,
  );
  await insert(
    "grants",
    {
      ...{ id: "'grant_b' || i", token: "'token_b' || i", customer: "null" },
      package_pattern:
        "case when i % 100 = 0 then '*' when i % 7 = 0 then 'vendor-0/package-' || i else 'vendor-' || (i % 50) || '/' end",
      ...{
        version_constraint: "null",
        stability: "null",
        updates_until: "null",
        starts_at: "null",
        expires_at: "null",
      },
      ...{ order_id: "null", line: "null", occurred_at: "null", ...made, revoked_at: "null" },
    },
    tokens,
  );
  await insert("token_words", { token: "'token_b' || i", word: "'name' || i" }, tokens);
  await insert("token_words", { token: "'token_b' || i", word: "'surname' || (i % 100)" }, tokens);
  await insert(
    "rotated_secrets",
    {
      ...{ secret_hash: "'old hash ' || i", token: "'token_b' || i", management_token: "null", last_used_at: "null" },
      ...{ last_four: "cast(1000 + i % 9000 as text)", rotated_at: "1", ordinal: "1", expires_at: "2" },
    },
    tokens,
    "i % 5 = 0",
  );
  await insertUsage(insert, tokens);
  await insertEvents(insert, tokens, events, at(events), shop);
  await database.db.deleteFrom("audit_head").execute();
  // As its autovacuum would; SQLite gets along without statistics, and has none here either.
  if (database.engine === "postgres") await sql`vacuum analyze`.execute(database.db);
}

type Insert = (table: string, columns: Record<string, string>, count: number, where?: string) => Promise<void>;

async function insertUsage(insert: Insert, tokens: number): Promise<void> {
  const day = `${MANY_ROWS_NOW - (MANY_ROWS_NOW % 86_400)} - (i % 30) * 86400`;
  const hour = `${day} + (i % 24) * 3600`;
  const name = "'vendor-' || (i % 50) || '/package-' || i";
  await insert(
    "packages",
    {
      ...{ id: "'pkg_b' || i", name, source: "null", revision: "1", description: "null", type: "'library'" },
      ...{ abandoned: "null", created_at: "1", updated_at: "1" },
    },
    500,
  );
  const token = `'token_b' || (i / 3)`;
  await insert("token_usage", { token, hour, requests: "i % 9", downloads: "i % 3" }, tokens * 3);
  await insert(
    "version_downloads",
    {
      ...{ token, package: "'pkg_b' || (i % 500)", version_normalized: "'1.' || (i % 20) || '.0.0'" },
      ...{ day, downloads: "i % 3", installs: "i % 2" },
    },
    tokens * 3,
  );
  const sums = { requests: "i", downloads: "i", installs: "i" };
  const start = `${MANY_ROWS_NOW - (MANY_ROWS_NOW % 86_400)} - (i / 2) * 86400`;
  await insert(
    "usage_days",
    { day: start, shop: "case when i % 2 = 0 then 'default' else 'second' end", ...sums },
    800,
  );
  await insert(
    "refusal_days",
    {
      day: start,
      surface: "case when i % 2 = 0 then 'composer' else 'api' end",
      problem: "'expired'",
      count: "3",
      last_at: start,
    },
    800,
  );
}

/** With numbers and without a chain; {@link insertManyRows} takes its end away, so that no sealer looks at them. */
async function insertEvents(
  insert: Insert,
  tokens: number,
  events: number,
  occurred_at: string,
  shop: string,
): Promise<void> {
  await insert(
    "audit_events",
    {
      ...{ id: "'evt_b' || i", sequence: "i + 1", occurred_at, actor_kind: "'management_token'" },
      actor_id: "case when i % 10 = 8 then null else 'mgmt_b' || (i % 3) end",
      action:
        "case when i % 10 < 6 then 'token.created' when i % 10 = 6 then 'token.updated' when i % 10 = 7 then 'token.revoked' when i % 10 = 8 then 'credential.refused' when i % 1000 = 9 then 'source.created' else 'user.logged_in' end",
      ...{ target_kind: "'token'", target_id: `'token_b' || (i % ${tokens})` },
      shop: `case when i % 10 >= 8 then null else ${shop.replaceAll("i %", "(i / 10) %")} end`,
      customer: `case when i % 10 < 8 then 'cust_b' || (i % ${tokens}) end`,
      ...{ request_id: "'req_b' || i", details: `'{"after":{"status":"active"}}'`, personal_commitment: "null" },
      ...{ chain_mac: "'x'", sealed_at: "1" },
    },
    events,
  );
}
