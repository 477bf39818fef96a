import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { listShops } from "./customer-queries.ts";

const FIRST_SHOP = "default";

/**
 * The caller, for something that belongs to exactly one shop. A user who names none means the only shop there is;
 * where there are several, guessing would sell in the wrong one: 400.
 */
export async function withItsShop<C extends Caller>(db: Db, caller: C): Promise<C & { shop: string }> {
  const shops = caller.actor.kind === "user" ? (await listShops(db)).map(({ name }) => name) : undefined;
  if (caller.shop !== null) {
    if (shops === undefined || caller.shop === FIRST_SHOP || shops.includes(caller.shop)) {
      return { ...caller, shop: caller.shop };
    }
    throw new AppError("resource.not_found", `There is no shop ${caller.shop}; there are ${shops.join(", ")}.`);
  }
  const [only = FIRST_SHOP, ...others] = shops ?? [];
  if (others.length > 0) {
    throw invalidField("?shop", `is missing, and there are several shops: ${[only, ...others].join(", ")}`);
  }
  return { ...caller, shop: only };
}
