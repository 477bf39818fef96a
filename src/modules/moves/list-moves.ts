import { nowSeconds } from "../../platform/clock.ts";
import type { z } from "zod";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer, listMergedInto } from "../customers/index.ts";
import type { MoveDeps } from "./move-deps.ts";
import { UNDO_SECONDS } from "./move-parties.ts";
import { listCustomerRows, listMoveRows } from "./move-queries.ts";
import type { Move } from "./move-schemas.ts";

type PresentedMove = z.infer<typeof Move>;

/** What was merged into or moved to or from a customer, as far as the caller sees both sides; newest first. */
export async function listMoves(deps: MoveDeps, caller: Caller, customerId: string): Promise<PresentedMove[]> {
  const { db } = deps.database;
  const { id } = await getVisibleCustomer(db, caller, customerId);
  const merged = await listMergedInto(db, id);
  const rows = await listMoveRows(db, caller, [id, ...merged.map((one) => one.id)]);
  const ids = new Set(rows.flatMap((row) => [row.from_customer ?? row.to_customer, row.to_customer]));
  const names = new Map((await listCustomerRows(db, [...ids])).map((one) => [one.id, one.customer_id]));
  const now = nowSeconds(deps.clock);
  return rows.map((row) => {
    const { kind, shop, token, order_id, created_at, undone_at } = row;
    const until = created_at + UNDO_SECONDS;
    return {
      ...{ id: row.id, kind, shop, token, order_id, created_at, undone_at },
      from_customer_id: row.from_customer === null ? null : (names.get(row.from_customer) ?? null),
      to_customer_id: names.get(row.to_customer) ?? "",
      undo_until: row.undo === null || until <= now ? null : until,
    };
  });
}
