import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { listShops } from "../customers/index.ts";
import type { ShopRow } from "../customers/index.ts";

export interface ShopDeps {
  database: Pick<Database, "db">;
}

/** The shops a caller sees, by name: all of them, or its own. */
export async function listVisibleShops(deps: ShopDeps, caller: Pick<Caller, "shop">): Promise<ShopRow[]> {
  const shops = await listShops(deps.database.db);
  return shops.filter(({ name }) => caller.shop === null || name === caller.shop);
}
