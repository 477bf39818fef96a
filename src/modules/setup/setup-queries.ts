import type { Db } from "../../schema.ts";

/** Held until the transaction ends: of two who finish the set-up at once, the second sees what the first made. */
export async function lockSetup(db: Db, now: number): Promise<void> {
  await db
    .insertInto("settings")
    .values({ name: "setup_lock", value: "null", updated_at: now })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ updated_at: now }))
    .execute();
}
