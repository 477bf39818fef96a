import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import { goesOn, isNotNarrowed } from "../grants/index.ts";
import type { Quoted } from "./quoted.ts";

type Condition = RawBuilder<boolean>;

/** One way in which something is found, said twice: whichever is cheaper is asked (`search-queries.ts`). */
export interface SearchRule {
  /** `select … as id`: what is found, from an index. */
  ids: RawBuilder<{ id: string }>;
  /** Whether the row of the outer `customers` or `tokens` is found, from what belongs to that row. */
  matches: Condition;
}

/** Keeps PostgreSQL from answering the question for every row of the table beforehand, for a page of a hundred. */
const ONE = sql`limit 1 offset 0`;

/** A condition on a column, which is named so that an index of the column can be used, or so that none can. */
type Test = (column: (name: string) => RawBuilder<unknown>) => Condition;

const byIndex = (test: Test): Condition => test((name) => sql.ref(name));
/** Of one row's belongings, of which there are few: their index is the one to use. */
const ofRow = (test: Test): Condition => test((name) => sql`(${sql.ref(name)} || '')`);
/** In words that no index knows, so that the index of what is searched for is used. */
const isGiven = (name: string): Condition => sql`coalesce(${sql.ref(name)}, '') <> ''`;

/** Behind everything that begins with the same text, in the order of its bytes. */
const LAST_CHARACTER = "\u{10FFFF}";

/** Lower-cases ASCII only, on both engines; that much is what the indexes hold. */
function emailOfCustomer(engine: Engine, quoted: Quoted): Test {
  return (column) => beginsWith(sql`lower(${column("c.email")} ${byteOrder(engine)})`, quoted.emails);
}

function emailOfToken(engine: Engine, quoted: Quoted): Test {
  return (column) => beginsWith(sql`${column("t.customer_email")} ${byteOrder(engine)}`, quoted.emails);
}

function byteOrder(engine: Engine) {
  return engine === "sqlite" ? sql`collate binary` : sql`collate "C"`;
}

function beginsWith(column: RawBuilder<unknown>, texts: readonly string[]): Condition {
  const conditions = texts.map((text) => sql`${column} >= ${text} and ${column} < ${text + LAST_CHARACTER}`);
  return sql`(${sql.join(conditions, sql` or `)})`;
}

function equals(name: string, value: string): Test {
  return (column) => sql`${column(name)} = ${value}`;
}

function isOneOf(name: string, values: readonly string[]): Test {
  return (column) => sql`${column(name)} in (${sql.join(values)})`;
}

function isOrder(engine: Engine, name: "t.order_id" | "g.order_id", { orders }: Quoted): Test {
  return (column) => sql`lower(${column(name)} ${byteOrder(engine)}) in (${sql.join(orders)})`;
}

function domainOf(engine: Engine, column: RawBuilder<unknown>): RawBuilder<unknown> {
  const place = engine === "sqlite" ? sql`instr(${column}, '@')` : sql`strpos(${column}, '@')`;
  return sql`substr(${column} ${byteOrder(engine)}, ${place} + 1)`;
}

const domainOfToken =
  (engine: Engine, domain: string): Test =>
  (column) =>
    sql`${domainOf(engine, column("t.customer_email"))} = ${domain}`;

const domainOfCustomer =
  (engine: Engine, domain: string): Test =>
  (column) =>
    sql`lower(${domainOf(engine, column("c.email"))}) = ${domain}`;

/** The last four of a secret that was replaced. */
function replacedLastFour(lastFour: string): Test {
  return (column) =>
    sql`${column("t.id")} in (select r.token from rotated_secrets as r where r.last_four = ${lastFour})`;
}

/** How customers are found: through what they are, their tokens and their grants. */
export function customerRules(engine: Engine, quoted: Quoted): SearchRule[] {
  const { ids, id, patterns, lastFour, secretHash, domain, words } = quoted;
  if (secretHash !== undefined) return secretTests(secretHash).map(customerOfToken);
  return [
    ...customerItself(isOneOf("c.customer_id", ids)),
    ...customerItself(emailOfCustomer(engine, quoted)),
    customerOfToken(emailOfToken(engine, quoted)),
    customerOfToken(isOrder(engine, "t.order_id", quoted)),
    ...customerOfGrant(isOrder(engine, "g.order_id", quoted)),
    ...(lastFour === undefined ? [] : lastFourTests(lastFour).map(customerOfToken)),
    ...(id === undefined ? [] : [...customerItself(equals("c.id", id)), customerOfToken(equals("t.id", id))]),
    ...(patterns === undefined ? [] : customerOfGrant(coveredBy(patterns))),
    ...(domain === undefined ? [] : customerItself(domainOfCustomer(engine, domain))),
    ...(domain === undefined ? [] : [customerOfToken(domainOfToken(engine, domain))]),
    ...(words === undefined ? [] : [customerNamed(engine, words)]),
  ];
}

function lastFourTests(lastFour: string): Test[] {
  return [equals("t.last_four", lastFour), replacedLastFour(lastFour)];
}

/** Through what it is, and what those were that were merged into it. */
function customerItself(test: Test): SearchRule[] {
  return [
    {
      ids: sql`select c.id as id from customers as c where ${byIndex(test)}`,
      matches: sql`exists (select 1 from customers as c where c.id = customers.id and ${ofRow(test)} ${ONE})`,
    },
    {
      ids: sql`select c.merged_into as id from customers as c where ${isGiven("c.merged_into")} and ${byIndex(test)}`,
      matches: sql`exists (select 1 from customers as c where c.merged_into = customers.id and ${ofRow(test)} ${ONE})`,
    },
  ];
}

function customerOfToken(test: Test): SearchRule {
  return {
    ids: sql`select t.customer as id from tokens as t where ${isGiven("t.customer")} and ${byIndex(test)}`,
    matches: sql`exists (select 1 from tokens as t where t.customer = customers.id and ${ofRow(test)} ${ONE})`,
  };
}

function customerOfGrant(test: Test): SearchRule[] {
  return [
    {
      ids: sql`select g.customer as id from grants as g where ${isGiven("g.customer")} and ${byIndex(test)}`,
      matches: sql`exists (select 1 from grants as g where g.customer = customers.id and ${ofRow(test)} ${ONE})`,
    },
    {
      ids: sql`select t.customer as id from grants as g join tokens as t on t.id = g.token where ${isGiven("t.customer")} and ${byIndex(test)}`,
      matches: sql`exists (select 1 from tokens as t where t.customer = customers.id and exists (select 1 from grants as g where g.token = t.id and ${ofRow(test)} ${ONE}) ${ONE})`,
    },
  ];
}

/** How tokens are found: through what they are, their customer and their grants. */
export function tokenRules(engine: Engine, quoted: Quoted): SearchRule[] {
  const { ids, id, patterns, lastFour, secretHash, domain, words } = quoted;
  if (secretHash !== undefined) return secretTests(secretHash).map(tokenItself);
  return [
    ...tokenOfCustomer(isOneOf("c.customer_id", ids)),
    ...tokenOfCustomer(emailOfCustomer(engine, quoted)),
    tokenItself(emailOfToken(engine, quoted)),
    tokenItself(isOrder(engine, "t.order_id", quoted)),
    ...tokenOfGrant(isOrder(engine, "g.order_id", quoted), false),
    ...(lastFour === undefined ? [] : lastFourTests(lastFour).map(tokenItself)),
    ...(id === undefined ? [] : [tokenItself(equals("t.id", id)), ...tokenOfCustomer(equals("c.id", id))]),
    ...(patterns === undefined ? [] : tokensCovering(patterns, coveredBy(patterns))),
    ...(domain === undefined ? [] : tokenOfCustomer(domainOfCustomer(engine, domain))),
    ...(domain === undefined ? [] : [tokenItself(domainOfToken(engine, domain))]),
    ...(words === undefined ? [] : [tokenNamed(engine, words)]),
  ];
}

/** How tokens are found that may read a package now, as far as grants decide it: by the patterns that open it. */
export function tokensReading(patterns: readonly string[], now: number): SearchRule[] {
  const isCovered = coveredBy(patterns);
  const inForce = sql`g.suspended_at is null and (g.starts_at is null or g.starts_at <= ${now}) and ${goesOn("g", now)}`;
  return tokensCovering(patterns, (column) => sql`${isCovered(column)} and ${inForce}`);
}

/** Of one package, by all the patterns that cover it. */
function tokensCovering(patterns: readonly string[], test: Test): SearchRule[] {
  const inScope = sql`s.package_pattern in (${sql.join(patterns)})`;
  return [
    ...tokenOfGrant(test, true),
    {
      ids: sql`select t.id as id from token_scopes as s join tokens as t on t.id = s.token and t.access <> 'own' join grants as g on g.customer = t.customer where ${inScope} and ${ofRow(test)}`,
      matches: sql`exists (select 1 from grants as g where g.customer = tokens.customer and ${ofRow(test)} ${ONE}) and tokens.access <> 'own' and exists (select 1 from token_scopes as s where s.token = tokens.id and ${inScope} ${ONE})`,
    },
  ];
}

function tokenItself(test: Test): SearchRule {
  return {
    ids: sql`select t.id as id from tokens as t where ${byIndex(test)}`,
    matches: sql`exists (select 1 from tokens as t where t.id = tokens.id and ${ofRow(test)} ${ONE})`,
  };
}

/** Of a customer, and of one that was merged into it. */
function tokenOfCustomer(test: Test): SearchRule[] {
  return [
    {
      ids: sql`select t.id as id from customers as c join tokens as t on t.customer = c.id where ${byIndex(test)}`,
      matches: sql`exists (select 1 from customers as c where c.id = tokens.customer and ${ofRow(test)} ${ONE})`,
    },
    {
      ids: sql`select t.id as id from customers as c join tokens as t on t.customer = c.merged_into where ${isGiven("c.merged_into")} and ${byIndex(test)}`,
      matches: sql`exists (select 1 from customers as c where c.merged_into = tokens.customer and ${ofRow(test)} ${ONE})`,
    },
  ];
}

/** `asReader`: a grant of a customer counts only for those of its tokens that read it. */
function tokenOfGrant(test: Test, asReader: boolean): SearchRule[] {
  const reads = (table: string) =>
    asReader ? sql` and ${sql.ref(`${table}.access`)} = 'customer' and ${isNotNarrowed(`${table}.id`)}` : sql``;
  return [
    {
      ids: sql`select g.token as id from grants as g where ${isGiven("g.token")} and ${byIndex(test)}`,
      matches: sql`exists (select 1 from grants as g where g.token = tokens.id and ${ofRow(test)} ${ONE})`,
    },
    {
      ids: sql`select t.id as id from grants as g join tokens as t on t.customer = g.customer${reads("t")} where ${isGiven("g.customer")} and ${byIndex(test)}`,
      matches: sql`exists (select 1 from grants as g where g.customer = tokens.customer and ${ofRow(test)} ${ONE})${reads("tokens")}`,
    },
  ];
}

/** Whether a row `w` of `token_words` begins with a word. */
function isWord(engine: Engine, word: string, column: RawBuilder<unknown>): Condition {
  return beginsWith(sql`${column} ${byteOrder(engine)}`, [word]);
}

/** The rows of `token_words` of the longest word, whose token has all the others, too. */
function wordsFound(engine: Engine, words: readonly string[]): Condition {
  const [first = "", ...others] = [...words].sort((a, b) => b.length - a.length);
  const also = others.map((word) => sql` and ${hasWord(engine, word, sql.ref("w.token"))}`);
  return sql`${isWord(engine, first, sql.ref("w.word"))}${sql.join(also, sql``)}`;
}

/** By the words of this one token. */
function hasWord(engine: Engine, word: string, token: RawBuilder<unknown>): Condition {
  const test = isWord(engine, word, sql`(x.word || '')`);
  return sql`exists (select 1 from token_words as x where x.token = ${token} and ${test} ${ONE})`;
}

function hasWords(engine: Engine, words: readonly string[], token: string): Condition {
  const conditions = words.map((word) => hasWord(engine, word, sql.ref(token)));
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

function tokenNamed(engine: Engine, words: readonly string[]): SearchRule {
  return {
    ids: sql`select w.token as id from token_words as w where ${wordsFound(engine, words)}`,
    matches: sql`(${hasWords(engine, words, "tokens.id")})`,
  };
}

function customerNamed(engine: Engine, words: readonly string[]): SearchRule {
  return {
    ids: sql`select t.customer as id from token_words as w join tokens as t on t.id = w.token where ${isGiven("t.customer")} and ${wordsFound(engine, words)}`,
    matches: sql`exists (select 1 from tokens as t where t.customer = customers.id and ${hasWords(engine, words, "t.id")} ${ONE})`,
  };
}

/** What was narrowed away is not covered any more; what has lapsed is what its buyer asks about. */
function coveredBy(patterns: readonly string[]): Test {
  return (column) => sql`${column("g.package_pattern")} in (${sql.join(patterns)}) and g.revoked_at is null`;
}

/** Of a secret that works, and of one that was replaced. */
function secretTests(hash: string): Test[] {
  return [
    equals("t.secret_hash", hash),
    (column) => sql`${column("t.id")} in (select r.token from rotated_secrets as r where r.secret_hash = ${hash})`,
  ];
}
