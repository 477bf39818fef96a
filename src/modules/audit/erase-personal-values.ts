import type { Db } from "../../schema.ts";
import { deletePersonalValues, listTokensInRecordsOf } from "./audit-queries.ts";

/**
 * Deletes what the records of a customer (`customers.id`, null for a guest) and of its tokens say of people, within
 * the transaction of whoever erases it. The records and their chain stay as they are. A token that was given to
 * another customer loses the values of its whole history: what one change says can be about both. Returns every token
 * the customer ever had.
 */
export async function eraseFromAuditLog(
  trx: Db,
  { customer, tokens }: { customer: string | null; tokens: readonly string[] },
): Promise<string[]> {
  const once = customer === null ? [] : await listTokensInRecordsOf(trx, customer);
  const all = [...new Set([...tokens, ...once])];
  await deletePersonalValues(trx, { customer, tokens: all });
  return all;
}
