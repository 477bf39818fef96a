import type { Selectable } from "kysely";
import type { Db, GrantLineTable } from "../../schema.ts";

export type LineRow = Selectable<GrantLineTable>;

export async function listLineRows(db: Db, customer: string): Promise<LineRow[]> {
  return await db
    .selectFrom("grant_lines")
    .selectAll()
    .where("customer", "=", customer)
    .orderBy("order_id")
    .orderBy("line")
    .execute();
}

export async function storeLineRow(db: Db, row: LineRow): Promise<void> {
  await db
    .insertInto("grant_lines")
    .values(row)
    .onConflict((conflict) => conflict.columns(["customer", "order_id", "line", "bound"]).doUpdateSet(row))
    .execute();
}

/** Whether anything is in force, or will be, that was sold with an order. */
export async function isOrderAlive(db: Db, customer: string, orderId: string): Promise<boolean> {
  const row = await db
    .selectFrom("grants")
    .select("id")
    .where("customer", "=", customer)
    .where("order_id", "=", orderId)
    .where("revoked_at", "is", null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** What either of two customers has of an order is the other one's. */
export async function exchangeOrder(db: Db, one: string, other: string, orderId: string): Promise<void> {
  const [ofOne, ofOther] = [await takeOrder(db, one, orderId), await takeOrder(db, other, orderId)];
  await giveOrder(db, other, ofOne);
  await giveOrder(db, one, ofOther);
}

interface TakenOrder {
  rows: LineRow[];
  grants: string[];
}

async function takeOrder(db: Db, customer: string, orderId: string): Promise<TakenOrder> {
  const rows = await db
    .deleteFrom("grant_lines")
    .where("customer", "=", customer)
    .where("order_id", "=", orderId)
    .returningAll()
    .execute();
  const grants = await db
    .selectFrom("grants")
    .select("id")
    .where("customer", "=", customer)
    .where("order_id", "=", orderId)
    .execute();
  return { rows, grants: grants.map(({ id }) => id) };
}

const IDS_AT_ONCE = 1_000;

async function giveOrder(db: Db, customer: string, { rows, grants }: TakenOrder): Promise<void> {
  if (rows.length > 0) {
    await db
      .insertInto("grant_lines")
      .values(rows.map((row) => ({ ...row, customer })))
      .execute();
  }
  for (let start = 0; start < grants.length; start += IDS_AT_ONCE) {
    await db
      .updateTable("grants")
      .set({ customer })
      .where("id", "in", grants.slice(start, start + IDS_AT_ONCE))
      .execute();
  }
}

/** What is told of a customer next is newer than all that was told of another one's orders. */
export async function raiseReceipt(db: Db, from: string, to: string): Promise<void> {
  const row = await db.selectFrom("customers").select("last_receipt").where("id", "=", from).executeTakeFirst();
  const last = row?.last_receipt ?? 0;
  await db
    .updateTable("customers")
    .set({ last_receipt: last })
    .where("id", "=", to)
    .where("last_receipt", "<", last)
    .execute();
}

/** What was counted of one target is counted of the other. */
export async function rehomeRenewals(db: Db, from: string, to: string): Promise<void> {
  await db.updateTable("renewals").set({ target: to }).where("target", "=", from).execute();
}
