import type { Db } from "../../schema.ts";
import { visibleCustomers } from "../customers/index.ts";
import type { CustomerVisibility } from "../customers/index.ts";
import { visibleTokens } from "../tokens/index.ts";

/** Which of these tokens and customers exist for the caller. */
export async function findVisibleIds(
  db: Db,
  visibility: CustomerVisibility,
  { tokens, customers }: { tokens: readonly string[]; customers: readonly string[] },
): Promise<Set<string>> {
  const found: { id: string }[] = [];
  if (tokens.length > 0) {
    const query = db.selectFrom("tokens").select("id").where("id", "in", tokens).$call(visibleTokens(visibility));
    found.push(...(await query.execute()));
  }
  if (customers.length > 0) {
    const query = db.selectFrom("customers").select("id").where("id", "in", customers);
    found.push(...(await query.$call(visibleCustomers(visibility)).execute()));
  }
  return new Set(found.map(({ id }) => id));
}
