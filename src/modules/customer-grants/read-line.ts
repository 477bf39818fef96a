import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { findHolderOfOrder, getNamedCustomer } from "../customers/index.ts";
import type { LineParams } from "./grant-schemas.ts";
import { noSuchLine, withShopOfPath } from "./line-access.ts";
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";
import { historyOfLine, readOrder } from "./order-history.ts";
import { shownStanding } from "./shown-line.ts";

/** What a line grants, or that it was cancelled; 404 where nothing is known of it. */
export async function readGrantLine(
  deps: { database: Pick<Database, "db">; clock: Clock },
  caller: Caller,
  path: LineParams,
): Promise<PresentedLine> {
  const { db } = deps.database;
  const reader = await withShopOfPath(db, caller, path.shop);
  const customer = await getNamedCustomer(db, reader, path.customer_id);
  const holder = await findHolderOfOrder(db, customer.id, path.order_id);
  const order = await readOrder(db, holder, path.order_id);
  const now = nowSeconds(deps.clock);
  const standing = shownStanding(historyOfLine(order, path.line), reader.packageBound, now);
  const presented = presentLine(path, standing, now);
  if (presented === undefined) throw noSuchLine();
  return presented;
}
