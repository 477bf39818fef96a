import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import { settleAnotherAddress } from "../attention-entries/index.ts";
import type { Caller } from "../callers/index.ts";
import { readGivenGrants } from "../grants/index.ts";
import type { CustomerBudgets } from "../grants/index.ts";
import { joinCustomer, presentToken, refuseRevoked } from "../tokens/index.ts";
import type { JoinWish, JoinedToken, PresentedToken, TokenDeps } from "../tokens/index.ts";

export type ConversionDeps = TokenDeps & { budgets: CustomerBudgets };

/** A token after its conversion. */
export type ConvertedToken = PresentedToken & {
  message: string;
  /** False where it was a credential of its customer already. */
  applied: boolean;
  /** Where what it was sold with is; null where it had nothing of its own. */
  order_id: string | null;
  line: string | null;
  warnings: string[];
};

/**
 * Makes a token that opens what it was sold with a credential of its customer, which opens everything the customer
 * has: what it was sold with becomes a line of the customer's order. Its secret stays. Repeating it changes nothing.
 */
export async function convertToken(
  deps: ConversionDeps,
  caller: Caller,
  id: string,
  wish: JoinWish,
): Promise<ConvertedToken> {
  return await deps.database.transaction(async (trx, changed) => {
    const joined = await convert(deps, trx, changed, caller, id, wish);
    return await presentConverted(deps, trx, joined);
  });
}

/** The same within a transaction that was begun. */
export async function convert(
  deps: ConversionDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  id: string,
  wish: JoinWish,
): Promise<JoinedToken> {
  const joined = await joinCustomer(deps, trx, changed, caller, id, wish);
  const { row, hadAnotherAddress, isChanged } = joined;
  if (!isChanged) refuseRevoked(row);
  if (hadAnotherAddress && row.customer !== null) {
    await settleAnotherAddress(deps, trx, caller, { id, customer: row.customer });
  }
  return joined;
}

const CONVERTED = "Token converted: it opens everything its customer has, and what it was sold with is a line";
const IS_CONVERTED = "Nothing was changed: the token opens everything its customer has already";

async function presentConverted(
  deps: Pick<ConversionDeps, "clock">,
  trx: Db,
  { row, place, isChanged, warnings }: JoinedToken,
): Promise<ConvertedToken> {
  return {
    ...presentToken(row, await readGivenGrants(trx, row), nowSeconds(deps.clock)),
    message: isChanged ? CONVERTED : IS_CONVERTED,
    applied: isChanged,
    order_id: place?.orderId ?? null,
    line: place?.line ?? null,
    warnings,
  };
}
