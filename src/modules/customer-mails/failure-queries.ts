import type { Db } from "../../schema.ts";
import type { MailRow } from "./mail-queries.ts";

export type Failure = Pick<MailRow, "id" | "kind" | "token">;

/** What failed, to a customer (`customers.id`) or about a token, and was not made up for since. */
export async function listOpenFailures(
  db: Db,
  { customer, token }: Pick<MailRow, "customer" | "token">,
): Promise<Failure[]> {
  const failed = db
    .selectFrom("customer_mails")
    .select(["id", "kind", "token"])
    .where("state", "=", "failed")
    .where("settled_at", "is", null);
  const rows = await failed.where("token", "=", token).execute();
  if (customer === null) return rows;
  return [...rows, ...(await failed.where("customer", "=", customer).where("token", "!=", token).execute())];
}

export async function settleFailures(db: Db, ids: readonly string[], now: number): Promise<void> {
  await db.updateTable("customer_mails").set({ settled_at: now }).where("id", "in", ids).execute();
}

/** A mail that did not reach its customer. */
export interface FailedMail {
  id: string;
  kind: MailRow["kind"];
  token_id: string;
  to: string | null;
  detail: string | null;
  failed_at: number | null;
  /** Whether it can be sent again: what it says must be known still. */
  can_retry: boolean;
}

export interface FailedMails {
  count: number;
  /** The newest. */
  last: FailedMail;
}

/** By `customers.id`; without those who were reached. */
export async function listFailedMails(db: Db, customers: readonly string[]): Promise<Map<string, FailedMails>> {
  if (customers.length === 0) return new Map();
  const rows = await db
    .selectFrom("customer_mails")
    .select(["id", "kind", "customer", "token", "recipient", "detail", "finished_at", "sealed_secret"])
    .where("customer", "in", customers)
    .where("state", "=", "failed")
    .where("settled_at", "is", null)
    .orderBy("finished_at")
    .orderBy("id")
    .execute();
  const failed = new Map<string, FailedMails>();
  for (const { id, kind, customer, token, recipient, detail, finished_at, sealed_secret } of rows) {
    const can_retry = recipient !== null && (kind !== "ready" || sealed_secret !== null);
    const last = { id, kind, token_id: token, to: recipient, detail, failed_at: finished_at, can_retry };
    failed.set(customer ?? "", { count: (failed.get(customer ?? "")?.count ?? 0) + 1, last });
  }
  return failed;
}
