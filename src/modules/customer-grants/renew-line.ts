import type { RecordChange } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { findCustomerById, getNamedCustomer, holdCustomer, holdHolderOfOrder } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { holdOrder } from "../order-states/index.ts";
import { auditableRenewal, hasCounted, readRenewal, renewEnd, renewalsOfLine } from "../renewals/index.ts";
import type { RenewBody, Renewal, RenewedEnd } from "../renewals/index.ts";
import type { LineParams } from "./grant-schemas.ts";
import { noSuchLine, openHeldOrder, withShopOfPath } from "./line-access.ts";
import type { GrantDeps, OpenOrder } from "./line-access.ts";
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";
import type { LineKey } from "./line-queries.ts";
import type { Purchase, Standing } from "./line-state.ts";
import { historyOfLine } from "./order-history.ts";
import { sellInOpenOrder } from "./sell-line.ts";
import type { SellLineDeps } from "./sell-line.ts";
import { shownStanding } from "./shown-line.ts";

export type RenewedLine = PresentedLine & { applied: boolean; reason: string | null };

type RenewLineDeps = GrantDeps & SellLineDeps;

/**
 * Lets a line of an order go on: to a time, or by a term that its renewal counts once for. It never ends earlier than
 * before. A renewal that counted already is answered with the line as it is now, whatever became of it; a new one of a
 * cancelled line is `resource.conflict`. One that is suspended stays so.
 */
export async function renewGrantLine(
  deps: RenewLineDeps,
  caller: Caller,
  path: LineParams,
  body: RenewBody,
): Promise<RenewedLine> {
  const renewal = readRenewal(body);
  const seller = await withShopOfPath(deps.database.db, caller, path.shop);
  return await deps.database.transaction(async (trx, changed) => {
    await holdOrder(trx, deps.database.engine, seller.shop, path.order_id);
    const customer = await holdBuyer(deps, trx, seller, path);
    const open = await openHeldOrder(deps, trx, changed, customer, path.order_id);
    const { standing, applied, reason } = await renewInOpenOrder(deps, seller, open, path.line, renewal);
    const presented = presentLine(path, standing, open.now);
    if (presented === undefined) throw noSuchLine();
    return { ...presented, applied, reason };
  });
}

/** Whoever has the order by now: the customer of this name, or whoever it was given to. */
async function holdBuyer(
  deps: RenewLineDeps,
  trx: Db,
  seller: Caller,
  { customer_id, order_id }: LineParams,
): Promise<CustomerRow> {
  const { engine } = deps.database;
  const { id } = await getNamedCustomer(trx, seller, customer_id);
  const moved = await holdHolderOfOrder(trx, engine, id, order_id);
  if (moved !== undefined) return moved;
  await holdCustomer(trx, engine, id);
  return await getNamedCustomer(trx, seller, customer_id);
}

/** What other modules renew lines with, within their transactions. */
export interface LineRenewals {
  /** Holds the customer. `expiresAt` is the line's own end afterwards, whatever of it was moved. */
  renewLine(
    trx: Db,
    changed: RecordChange,
    caller: Caller,
    line: LineKey,
    renewal: Renewal,
  ): Promise<RenewedEnd & { expiresAt: number | null }>;
}

export function createLineRenewals(deps: RenewLineDeps): LineRenewals {
  return {
    async renewLine(trx, changed, caller, { customer: id, orderId, line }, renewal) {
      await holdCustomer(trx, deps.database.engine, id);
      const customer = await findCustomerById(trx, id);
      if (customer === undefined) throw noSuchLine();
      const open = await openHeldOrder(deps, trx, changed, customer, orderId);
      const { standing, ...renewed } = await renewInOpenOrder(deps, caller, open, line, renewal);
      return { ...renewed, expiresAt: standing.purchase?.terms.expiresAt ?? null };
    },
  };
}

async function renewInOpenOrder(
  deps: SellLineDeps,
  caller: Caller,
  open: OpenOrder,
  line: string,
  renewal: Renewal,
): Promise<RenewedEnd & { standing: Standing }> {
  const { trx, customer, orderId, now } = open;
  const { packageBound } = caller;
  const before = shownStanding(historyOfLine(open, line), packageBound, now);
  const target = renewalsOfLine({ customer: customer.id, orderId, line, within: packageBound });
  if (before.kind === "unknown") throw noSuchLine();
  if (!(await hasCounted(trx, target, renewal))) refuseCancelled(before);
  const terms = before.purchase?.terms;
  const end = terms?.updatesUntil ?? terms?.expiresAt ?? null;
  const renewed = await renewEnd(trx, target, renewal, { end, now });
  if (!renewed.applied || before.purchase === null) return { ...renewed, standing: before };
  const { standing } = await sellInOpenOrder(deps, caller, open, line, {
    ...renewedSale(before.purchase, renewed.end),
    more: auditableRenewal(renewal),
    reason: renewal.reason,
  });
  return { ...renewed, standing };
}

function refuseCancelled(standing: Standing): void {
  if (standing.kind === "granted" || standing.kind === "unknown") return;
  throw new AppError(
    "resource.conflict",
    `This line was cancelled at ${standing.at}, so there is nothing to renew: sell it again.`,
  );
}

/** The same as before until later, with what was granted along with it then. It happens now. */
function renewedSale({ terms, dependencies }: Purchase, end: number | null) {
  const moved = terms.updatesUntil === null ? { expiresAt: end } : { updatesUntil: end };
  return {
    terms: { ...terms, ...moved },
    dependencies,
    required: { inside: [], outside: [] },
    occurredAt: null,
  };
}
