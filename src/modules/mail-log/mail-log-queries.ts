import type { PageEnd } from "../../platform/http/paging.ts";
import type { Db, MailState } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { idsOfCustomersNamed } from "../customers/index.ts";
import { visibleTokens } from "../tokens/index.ts";

const COLUMNS = [
  ...(["id", "kind", "state", "shop", "token", "recipient", "detail", "attempts"] as const),
  ...(["days_ahead", "next_attempt_at", "created_at", "finished_at"] as const),
];

/** What a caller sees: mails about tokens that it sees. */
function selectMails(db: Db, { shop, packageBound }: Pick<Caller, "shop" | "packageBound">) {
  const mails = db
    .selectFrom("customer_mails")
    .leftJoin("customers", "customers.id", "customer_mails.customer")
    .select(COLUMNS.map((column) => `customer_mails.${column}` as const))
    .select(["customers.customer_id"])
    .select((select) => select("customer_mails.sealed_secret", "is not", null).as("has_secret"));
  const ofShop = shop === null ? mails : mails.where("customer_mails.shop", "=", shop);
  if (packageBound === null) return ofShop;
  return ofShop.where("customer_mails.token", "in", (sub) =>
    sub.selectFrom("tokens").select("tokens.id").$call(visibleTokens({ shop, packageBound })),
  );
}

export type LoggedMailRow = Awaited<ReturnType<ReturnType<typeof selectMails>["executeTakeFirstOrThrow"]>>;

export async function findVisibleMail(db: Db, caller: Caller, id: string): Promise<LoggedMailRow | undefined> {
  return await selectMails(db, caller).where("customer_mails.id", "=", id).executeTakeFirst();
}

export interface MailSelection {
  token: string | undefined;
  /** The shop's own id. */
  customerId: string | undefined;
  state: MailState | undefined;
  after: PageEnd | undefined;
  limit: number;
}

/** Newest first. */
export async function listVisibleMails(db: Db, caller: Caller, selection: MailSelection): Promise<LoggedMailRow[]> {
  const { token, customerId, state, after, limit } = selection;
  let query = selectMails(db, caller);
  if (token !== undefined) query = query.where("customer_mails.token", "=", token);
  if (state !== undefined) query = query.where("customer_mails.state", "=", state);
  if (customerId !== undefined)
    query = query.where("customer_mails.customer", "in", idsOfCustomersNamed(customerId, caller.shop));
  if (after !== undefined) {
    const { at, id } = after;
    query = query
      .where("customer_mails.created_at", "<=", at)
      .where((where) => where.or([where("customer_mails.created_at", "<", at), where("customer_mails.id", "<", id)]));
  }
  return await query
    .orderBy("customer_mails.created_at", "desc")
    .orderBy("customer_mails.id", "desc")
    .limit(limit)
    .execute();
}
