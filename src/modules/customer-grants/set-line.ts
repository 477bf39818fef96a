import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Caller, Principal } from "../callers/index.ts";
import type { TokenMails } from "../customer-mails/index.ts";
import { changeEmail } from "./change-email.ts";
import type { LineParams, SetGrantLineBody } from "./grant-schemas.ts";
import { openOrder, refuseFuture, withShopOfPath } from "./line-access.ts";
import type { GrantDeps } from "./line-access.ts";
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";
import { readTerms, refuseOutsideBound } from "./read-terms.ts";
import type { Requirements } from "../requirements/index.ts";
import { prepareLineSale, sellInOpenOrder } from "./sell-line.ts";
import type { SellLineDeps } from "./sell-line.ts";

export interface SetLineDeps extends GrantDeps, SellLineDeps {
  requirements: Requirements;
  mails?: Pick<TokenMails, "lineRenewed" | "addressChanged"> | undefined;
}

export interface SetLineResult {
  /** The line was not known before. */
  created: boolean;
  line: PresentedLine & { applied: boolean; reason: string | null; warnings: string[] };
}

/**
 * What a line of an order grants from now on: makes it or replaces it, and makes the customer if need be. Repeating
 * it changes nothing, and of two events the one that happened later counts, whichever came first; a cancellation of
 * the same second wins. Throws `request.invalid`, and `auth.outside_bound` for packages the caller may not grant.
 */
export async function setGrantLine(
  deps: SetLineDeps,
  caller: Caller & Pick<Principal, "saleDefaults">,
  path: LineParams,
  input: SetGrantLineBody,
): Promise<SetLineResult> {
  const seller = await withShopOfPath(deps.database.db, caller, path.shop);
  const terms = readTerms(input, caller.saleDefaults, deps.budgets);
  refuseFuture(input.occurred_at, nowSeconds(deps.clock), "/occurred_at");
  refuseOutsideBound(seller, input, terms);
  const sale = await prepareLineSale(deps, seller, terms, input.occurred_at ?? null);
  return await deps.database.transaction(async (trx, changed) => {
    const open = await openOrder(deps, trx, changed, path);
    const sold = await sellInOpenOrder(deps, seller, open, path.line, { ...sale, reason: input.reason });
    const presented = presentLine(path, sold.standing, open.now);
    if (presented === undefined) throw new AppError("internal.unexpected", "The grant could not be stored.");
    const { created, applied, reason, warnings } = sold;
    if (!sold.isOvertaken) warnings.push(...(await changeEmail(deps, seller, open, input.email ?? undefined)));
    return { created, line: { ...presented, applied, reason, warnings } };
  });
}
