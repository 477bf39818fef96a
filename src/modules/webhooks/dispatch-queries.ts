import type { Engine } from "../../platform/database/index.ts";
import type { Selectable } from "kysely";
import type { Db, TokenTable } from "../../schema.ts";

const CURSOR = 1;

/** Up to which audit record everything was turned into messages. */
export async function readCursorRow(db: Db): Promise<number> {
  return await cursor(db)
    .executeTakeFirstOrThrow()
    .then((row) => row.audit_sequence);
}

/** The same, for whoever is going to move it: other instances wait for their turn. */
export async function lockCursorRow(db: Db, engine: Engine): Promise<number> {
  const query = engine === "sqlite" ? cursor(db) : cursor(db).forUpdate();
  return await query.executeTakeFirstOrThrow().then((row) => row.audit_sequence);
}

function cursor(db: Db) {
  return db.selectFrom("webhook_cursor").select("audit_sequence").where("id", "=", CURSOR);
}

export async function moveCursor(db: Db, audit_sequence: number): Promise<void> {
  await db.updateTable("webhook_cursor").set({ audit_sequence }).where("id", "=", CURSOR).execute();
}

/** What says whose a token is, beside what its audit record says. */
export async function findOrderOfToken(
  db: Db,
  id: string,
): Promise<Pick<Selectable<TokenTable>, "order_id" | "customer" | "customer_email" | "address_of"> | undefined> {
  return await db
    .selectFrom("tokens")
    .select(["order_id", "customer", "customer_email", "address_of"])
    .where("id", "=", id)
    .executeTakeFirst();
}

/** By `customers.id`. */
export async function findCustomerRow(
  db: Db,
  id: string,
): Promise<{ customer_id: string; email: string | null } | undefined> {
  return await db.selectFrom("customers").select(["customer_id", "email"]).where("id", "=", id).executeTakeFirst();
}
