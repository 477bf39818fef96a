import { createCipher } from "../platform/crypto/cipher.ts";
import type { Database } from "../schema.ts";

export const TEST_CIPHER = createCipher(Buffer.alloc(32, 9));

/** Tokens straight in the table, for tests of what is counted of them. */
export async function insertTokens(database: Database, ids: readonly string[]): Promise<void> {
  const { db } = database;
  await db
    .insertInto("shops")
    .values({ name: "default", created_at: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (const id of ids) {
    await db
      .insertInto("tokens")
      .values({
        ...{ id, shop: "default", customer: null, secret_hash: id, last_four: "xxxx", description: "x" },
        ...{ permissions: "readonly", expires_at: null, rate_limit_max: null, metadata: "{}", order_id: null },
        ...{ customer_email: null, access: "own", unique_order_id: null, created_by: "x", created_at: 1 },
        ...{ updated_at: 1, revoked_at: null, last_used_at: null },
      })
      .execute();
  }
}
