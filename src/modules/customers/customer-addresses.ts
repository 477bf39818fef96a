import type { Selectable } from "kysely";
import type { CustomerAddressTable, Db } from "../../schema.ts";

type AddressRow = Selectable<CustomerAddressTable>;

/** Addresses are compared without regard to case and blanks around them. */
export function canonicalAddress(email: string): string {
  return email.trim().toLowerCase();
}

/** Notes, in the transaction of the cause, that a customer (`customers.id`) has this address from now on, too. */
export async function rememberAddress(trx: Db, customer: string, email: string, now: number): Promise<void> {
  await trx
    .insertInto("customer_addresses")
    .values({ customer, email: canonicalAddress(email), created_at: now })
    .onConflict((conflict) => conflict.columns(["customer", "email"]).doUpdateSet({ replaced_at: null }))
    .execute();
}

/** Notes that another address, or none, took the place of this one; it is known still as one that the customer had. */
export async function markAddressReplaced(trx: Db, customer: string, email: string, now: number): Promise<void> {
  await trx
    .insertInto("customer_addresses")
    .values({ customer, email: canonicalAddress(email), created_at: now, replaced_at: now })
    .onConflict((conflict) => conflict.columns(["customer", "email"]).doUpdateSet({ replaced_at: now }))
    .execute();
}

/** Whether a customer (`customers.id`) has this address or ever had it; that of a sale alone is none of them. */
export async function hasHadAddress(db: Db, customer: string, email: string): Promise<boolean> {
  return (await findAddress(db, customer, email)) !== undefined;
}

export async function findAddress(db: Db, customer: string, email: string): Promise<AddressRow | undefined> {
  return await db
    .selectFrom("customer_addresses")
    .selectAll()
    .where("customer", "=", customer)
    .where("email", "=", canonicalAddress(email))
    .executeTakeFirst();
}

/** Every address that a customer (`customers.id`) has or had, as they are compared. */
export async function listAddresses(db: Db, customer: string): Promise<string[]> {
  const rows = await db.selectFrom("customer_addresses").select("email").where("customer", "=", customer).execute();
  return rows.map(({ email }) => email);
}

/** Whether any address of a customer (`customers.id`) was ever known. */
export async function hasHadAnyAddress(db: Db, customer: string): Promise<boolean> {
  const query = db.selectFrom("customer_addresses").select("email").where("customer", "=", customer);
  return (await query.limit(1).executeTakeFirst()) !== undefined;
}

/** Whoever was meant by them is forgotten, or somebody else is the customer now. */
export async function forgetAddresses(trx: Db, customer: string): Promise<void> {
  await trx.deleteFrom("customer_addresses").where("customer", "=", customer).execute();
}
