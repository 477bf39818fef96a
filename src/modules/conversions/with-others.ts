import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { listVisibleTokensOfCustomer } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";

/** Tokens of one customer, and then the others of that customer that the caller sees: those may gain by a conversion. */
export async function withOthers(db: Db, caller: Caller, rows: readonly TokenRow[]): Promise<TokenRow[]> {
  const customer = rows[0]?.customer ?? null;
  const others = customer === null ? [] : await listVisibleTokensOfCustomer(db, caller, customer);
  const ids = new Set(rows.map(({ id }) => id));
  return [...rows, ...others.filter(({ id }) => !ids.has(id))];
}
