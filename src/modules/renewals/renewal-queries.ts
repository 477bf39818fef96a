import type { Insertable, Selectable } from "kysely";
import type { Db, RenewalTable } from "../../schema.ts";

/**
 * False when it is known already. While another transaction counts the same one, uncommitted, this waits for it: of
 * two deliveries of one renewal one counts.
 */
export async function insertRenewalIfNew(db: Db, row: Insertable<RenewalTable>): Promise<boolean> {
  const inserted = await db
    .insertInto("renewals")
    .values(row)
    .onConflict((conflict) => conflict.columns(["target", "renewal_id"]).doNothing())
    .returning("renewal_id")
    .executeTakeFirst();
  return inserted !== undefined;
}

export async function findRenewal(
  db: Db,
  target: string,
  renewalId: string,
): Promise<Selectable<RenewalTable> | undefined> {
  return await db
    .selectFrom("renewals")
    .selectAll()
    .where("target", "=", target)
    .where("renewal_id", "=", renewalId)
    .executeTakeFirst();
}
