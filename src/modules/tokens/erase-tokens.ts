import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { tokenChanged } from "./token-changes.ts";
import type { MetadataValue } from "./token-metadata.ts";
import { updateToken } from "./token-queries.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Takes everything personal out of tokens that are revoked, within the transaction of whoever erases their buyer. The
 * order stays: a repeated delivery of that sale must not sell again, and the shop's books name it.
 */
export async function eraseTokens(
  trx: Db,
  changed: RecordChange,
  rows: readonly TokenRow[],
  now: number,
): Promise<void> {
  for (const row of rows) {
    const { order_id } = JSON.parse(row.metadata) as Record<string, MetadataValue>;
    await updateToken(trx, row.id, {
      ...{ description: "Erased", customer_email: null, notify: 0, customer_revocation: null, updated_at: now },
      // Its key holds a hash of a guest's address.
      ...{ revoked_why: "erased", order_revocation: null, unique_order_id: null },
      metadata: JSON.stringify(order_id === undefined ? {} : { order_id }),
    });
    // Where its secret was found can name somebody.
    await trx.updateTable("leaked_secrets").set({ source: null, url: null }).where("token", "=", row.id).execute();
    changed(tokenChanged(row.id));
  }
}
