import { sql } from "kysely";
import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from "kysely";
import type { Engine } from "../../platform/database/index.ts";
import type { PageEnd } from "../../platform/http/paging.ts";
import type { Db, Schema } from "../../schema.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { visibleCustomers } from "../customers/index.ts";
import { visibleTokens } from "../tokens/index.ts";

type Visibility = Pick<Caller, "shop" | "packageBound"> & Partial<Pick<Principal, "scopes">>;

/** What a caller sees: of its shop, and nothing that is about something outside of its bound. */
function selectEntries(db: Db, visibility: Visibility) {
  const { shop, packageBound, scopes } = visibility;
  let query = db
    .selectFrom("attention_entries")
    .leftJoin("customers as c", "c.id", "attention_entries.customer")
    .selectAll("attention_entries")
    .select("c.customer_id");
  if (shop !== null) {
    query = query.where((e) => e.or([e("attention_entries.shop", "=", shop), e("attention_entries.shop", "is", null)]));
  }
  // What is said of sources is for those who may read them.
  if (scopes?.has("sources:read") === false) query = query.where("attention_entries.subject_kind", "!=", "source");
  if (scopes?.has("management_tokens:read") === false) {
    query = query.where("attention_entries.subject_kind", "!=", "management_token");
  }
  if (packageBound === null) return query;
  return query.where((e) => e.and([isCustomerSeen(db, e, visibility), isSubjectSeen(db, e, visibility)]));
}

export type AttentionEntryRow = Awaited<ReturnType<ReturnType<typeof selectEntries>["executeTakeFirstOrThrow"]>>;

type Expressions = ExpressionBuilder<Schema & { c: Schema["customers"] }, "attention_entries" | "c">;
type Condition = ExpressionWrapper<Schema, never, SqlBool>;

function isCustomerSeen(db: Db, e: Expressions, visibility: Visibility): Condition {
  const seen = db
    .selectFrom("customers")
    .select("customers.id")
    .where(sql<boolean>`customers.id = attention_entries.customer`)
    .$call(visibleCustomers(visibility));
  return e.or([e("attention_entries.customer", "is", null), e.exists(seen)]);
}

/** A kind of subject that is not named here is for callers without a bound. */
function isSubjectSeen(db: Db, e: Expressions, visibility: Visibility): Condition {
  const is = (kind: string) => e("attention_entries.subject_kind", "=", kind);
  const isSeen = (token: string) =>
    e.exists(
      db
        .selectFrom("tokens")
        .select("tokens.id")
        .where(sql<boolean>`tokens.id = ${sql.ref(token)}`)
        .$call(visibleTokens(visibility)),
    );
  const ofOrder = db
    .selectFrom("tokens as t")
    .select("t.id")
    .where(sql<boolean>`t.shop = attention_entries.shop and t.order_id = attention_entries.subject_id`)
    .where(e.not(isSeen("t.id")) as never);
  const ofMail = db
    .selectFrom("customer_mails as m")
    .select("m.id")
    .where(sql<boolean>`m.id = attention_entries.subject_id`)
    .where(isSeen("m.token") as never);
  return e.or([
    is("customer"),
    e.and([is("token"), isSeen("attention_entries.subject_id")]),
    e.and([is("order"), e.not(e.exists(ofOrder))]),
    e.and([is("mail"), e.exists(ofMail)]),
  ]);
}

export interface AttentionFilter {
  status: "open" | "dismissed" | "all";
  kind: string | undefined;
  after: PageEnd | undefined;
  limit: number;
}

/** What happened last first. */
export async function listEntryRows(
  db: Db,
  visibility: Visibility,
  filter: AttentionFilter,
): Promise<AttentionEntryRow[]> {
  let query = selectEntries(db, visibility)
    .orderBy("attention_entries.last_at", "desc")
    .orderBy("attention_entries.id", "desc");
  if (filter.status !== "all") {
    query = query.where("attention_entries.dismissed_at", filter.status === "open" ? "is" : "is not", null);
  }
  if (filter.kind !== undefined) query = query.where("attention_entries.kind", "=", filter.kind);
  if (filter.after !== undefined) {
    const { at, id } = filter.after;
    query = query
      .where("attention_entries.last_at", "<=", at)
      .where((e) => e.or([e("attention_entries.last_at", "<", at), e("attention_entries.id", "<", id)]));
  }
  return await query.limit(filter.limit).execute();
}

/** Of a customer (`customers.id`), what nobody dismissed. */
export async function listOpenEntriesOfCustomer(
  db: Db,
  visibility: Visibility,
  { kind, customer }: { kind: string; customer: string },
): Promise<AttentionEntryRow[]> {
  return await selectEntries(db, visibility)
    .where("attention_entries.kind", "=", kind)
    .where("attention_entries.customer", "=", customer)
    .where("attention_entries.dismissed_at", "is", null)
    .execute();
}

export async function findVisibleEntry(
  db: Db,
  visibility: Visibility,
  id: string,
): Promise<AttentionEntryRow | undefined> {
  return await selectEntries(db, visibility).where("attention_entries.id", "=", id).executeTakeFirst();
}

/** Holds the row until the transaction ends, on PostgreSQL; SQLite lets one transaction write at a time. */
export async function lockEntry(db: Db, engine: Engine, id: string): Promise<void> {
  if (engine === "sqlite") return;
  await db.selectFrom("attention_entries").select("id").where("id", "=", id).forUpdate().execute();
}

export async function markEntryDismissed(db: Db, id: string, by: string | null, now: number): Promise<void> {
  await db
    .updateTable("attention_entries")
    .set({ dismissed_at: now, dismissed_by: by })
    .where("id", "=", id)
    .where("dismissed_at", "is", null)
    .execute();
}
