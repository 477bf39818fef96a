import type { Db } from "../../schema.ts";
import { updateCustomer } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import type { TokenRow } from "../tokens/index.ts";

/** What it takes to undo a revocation of a customer, taken from it. Can be kept as JSON. */
export interface DroppedRevocation {
  revoked_at: number | null;
  cancellations_before: string | null;
  tokens: { id: string; revoked_at: number | null; customer_revocation: number }[];
}

/** A customer that took something over was revoked before that: restoring it would be about more than it was. */
export async function dropRevocation(
  trx: Db,
  customer: CustomerRow,
  rows: readonly TokenRow[],
  now: number,
): Promise<DroppedRevocation> {
  const { id, revoked_at, cancellations_before } = customer;
  const tokens = rows.flatMap(({ id: token, revoked_at: ended, customer_revocation }) =>
    customer_revocation === null ? [] : [{ id: token, revoked_at: ended, customer_revocation }],
  );
  await updateCustomer(trx, id, { revoked_at: null, cancellations_before: null, updated_at: now });
  for (const token of tokens) await setRevocation(trx, token.id, null);
  return { revoked_at, cancellations_before, tokens };
}

/** As far as it was not revoked again. */
export async function giveRevocation(
  trx: Db,
  customer: CustomerRow,
  rows: readonly TokenRow[],
  dropped: DroppedRevocation,
): Promise<void> {
  if (customer.revoked_at !== null) return;
  const { revoked_at, cancellations_before, tokens } = dropped;
  await updateCustomer(trx, customer.id, { revoked_at, cancellations_before });
  const current = new Map(rows.map((row) => [row.id, row]));
  for (const { id, revoked_at: ended, customer_revocation } of tokens) {
    if (current.get(id)?.revoked_at === ended) await setRevocation(trx, id, customer_revocation);
  }
}

async function setRevocation(trx: Db, token: string, revocation: number | null): Promise<void> {
  await trx.updateTable("tokens").set({ customer_revocation: revocation }).where("id", "=", token).execute();
}
