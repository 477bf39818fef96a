import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { getNamedCustomer } from "../customers/index.ts";
import type { LineParams } from "./grant-schemas.ts";
import { noSuchLine, readOrder, refuseOutsideLine, withShopOfPath } from "./line-access.ts";
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";
import { standingOf } from "./line-state.ts";

/** What a line grants, or that it was cancelled; 404 where nothing is known of it. */
export async function readGrantLine(
  deps: { database: Pick<Database, "db">; clock: Clock },
  caller: Caller,
  path: LineParams,
): Promise<PresentedLine> {
  const { db } = deps.database;
  const reader = await withShopOfPath(db, caller, path.shop);
  const customer = await getNamedCustomer(db, reader, path.customer_id);
  const { lines, order, all } = await readOrder(db, customer.id, path.order_id);
  const record = lines.find(({ line }) => line === path.line);
  if (record === undefined) throw noSuchLine();
  refuseOutsideLine(reader, record);
  const presented = presentLine(path, standingOf(record, [order, all]), nowSeconds(deps.clock));
  if (presented === undefined) throw noSuchLine();
  return presented;
}
