import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { listShops } from "../customers/index.ts";
import type { ShopRow } from "../customers/index.ts";
import { readHelp } from "../settings/index.ts";
import type { HelpAddresses } from "../settings/index.ts";

export interface ShopDeps {
  database: Pick<Database, "db">;
}

/** A shop, and where its buyers are sent where that is not where the server's settings say. */
export interface PresentedShop extends HelpAddresses {
  name: string;
  created_at: number;
}

export function presentShop({ name, created_at, help }: ShopRow): PresentedShop {
  return { name, created_at, ...readHelp(help) };
}

/** The shops a caller sees, by name: all of them, or its own. */
export async function listVisibleShops(deps: ShopDeps, caller: Pick<Caller, "shop">): Promise<PresentedShop[]> {
  const shops = await listShops(deps.database.db);
  return shops.filter(({ name }) => caller.shop === null || name === caller.shop).map(presentShop);
}
