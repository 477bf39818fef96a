import { SqliteAdapter, sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";

/** Customers that are merged and what is moved between them, and what support finds them by. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter;
  await createSearchIndexes(db, isSqlite);
  await createTokenWords(db, isSqlite);
  await createMoves(db);
  await createJoinCodes(db);
  await fillTokenWords(db);
}

/** What a buyer quotes in other words than it is stored in: an order in any case, the domain of an address. */
async function createSearchIndexes(db: Kysely<unknown>, isSqlite: boolean): Promise<void> {
  const bytes = isSqlite ? sql`collate binary` : sql`collate "C"`;
  const place = (column: RawBuilder<unknown>) => (isSqlite ? sql`instr(${column}, '@')` : sql`strpos(${column}, '@')`);
  const domain = (column: RawBuilder<unknown>) => sql`substr(${column} ${bytes}, ${place(column)} + 1)`;
  await sql`create index tokens_by_order_id_in_any_case on tokens (lower(order_id ${bytes}))`.execute(db);
  await sql`create index grants_by_order_id_in_any_case on grants (lower(order_id ${bytes}))`.execute(db);
  await sql`create index tokens_by_email_domain on tokens (${domain(sql`customer_email`)})`.execute(db);
  await sql`create index customers_by_email_domain on customers (lower(${domain(sql`email`)}))`.execute(db);
  await sql`create index customers_by_trimmed_id on customers (shop, trim(customer_id))`.execute(db);
  await db.schema.createIndex("rotated_secrets_by_last_four").on("rotated_secrets").column("last_four").execute();
}

/** The words of a buyer's name, without accents and in lower case. */
async function createTokenWords(db: Kysely<unknown>, isSqlite: boolean): Promise<void> {
  await db.schema
    .createTable("token_words")
    .addColumn("token", "text", (c) => c.notNull().references("tokens.id"))
    .addColumn("word", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("token_words_pkey", ["token", "word"])
    .execute();
  const bytes = isSqlite ? sql`collate binary` : sql`collate "C"`;
  await sql`create index token_words_by_word on token_words (word ${bytes}, token)`.execute(db);
}

/** What was given to another customer, and what it takes to undo that. */
async function createMoves(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable("customers")
    .addColumn("merged_into", "text", (c) => c.references("customers.id"))
    .execute();
  await db.schema
    .createIndex("customers_by_merged_into")
    .on("customers")
    .column("merged_into")
    .where(sql.ref("merged_into"), "is not", null)
    .execute();
  await db.schema
    .createTable("moves")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("shop", "text", (c) => c.notNull().references("shops.name"))
    .addColumn("from_customer", "text", (c) => c.references("customers.id"))
    .addColumn("to_customer", "text", (c) => c.notNull().references("customers.id"))
    .addColumn("token", "text", (c) => c.references("tokens.id"))
    .addColumn("order_id", "text")
    .addColumn("undo", "text")
    .addColumn("moved_by", "text", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("undone_at", "bigint")
    .execute();
  for (const column of ["from_customer", "to_customer"]) {
    await db.schema.createIndex(`moves_by_${column}`).on("moves").columns([column, "created_at"]).execute();
  }
  await db.schema
    .createTable("moved_orders")
    .addColumn("customer", "text", (c) => c.notNull().references("customers.id"))
    .addColumn("order_id", "text", (c) => c.notNull())
    .addColumn("moved_to", "text", (c) => c.notNull().references("customers.id"))
    .addPrimaryKeyConstraint("moved_orders_pkey", ["customer", "order_id"])
    .execute();
}

/** Codes that a guest confirms an address with. */
async function createJoinCodes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("join_codes")
    .addColumn("customer", "text", (c) => c.primaryKey().references("customers.id"))
    .addColumn("code_hash", "text", (c) => c.notNull())
    .addColumn("attempts", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
}

interface WordTables {
  tokens: { id: string; metadata: string };
  token_words: { token: string; word: string };
}

const ROWS_AT_ONCE = 1_000;

async function fillTokenWords(db: Kysely<WordTables>): Promise<void> {
  for (let after = ""; ;) {
    const rows = await db
      .selectFrom("tokens")
      .select(["id", "metadata"])
      .where("id", ">", after)
      .orderBy("id")
      .limit(ROWS_AT_ONCE)
      .execute();
    const words = rows.flatMap(({ id, metadata }) => wordsOf(metadata).map((word) => ({ token: id, word })));
    for (let start = 0; start < words.length; start += ROWS_AT_ONCE) {
      await db
        .insertInto("token_words")
        .values(words.slice(start, start + ROWS_AT_ONCE))
        .execute();
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

/** As src/modules/search/words.ts had it when this was written: a migration does the same for ever. */
function wordsOf(metadata: string): string[] {
  const values = JSON.parse(metadata) as Record<string, unknown>;
  const words = Object.entries(values).flatMap(([key, value]) => {
    if (typeof value !== "string") return [];
    if (key === "customer_email") return /^[ -~]*$/.test(value) ? [] : [folded(value.trim())];
    return NAME_KEY.test(key.replaceAll(/[^A-Za-z]/g, "")) ? folded(value).split(/[^\p{L}\p{N}]+/u) : [];
  });
  return [...new Set(words.map((word) => Array.from(word).slice(0, 60).join("")))]
    .filter((word) => word !== "")
    .slice(0, 30);
}

const NAME_KEY =
  /^(?:customer|buyer|client|contact|user|account|licensee|owner|recipient|billing|shipping)?(?:full|first|middle|last|display|given|family)?(?:name|surname|company|companyname|organi[sz]ation)$/i;

const LETTERS: Record<string, string> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };

function folded(text: string): string {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain.replaceAll(/[ßæœøłđðþı]/g, (letter) => LETTERS[letter] ?? letter);
}
