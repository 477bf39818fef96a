import { AppError } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { listShops, updateShopHelp } from "../customers/index.ts";
import { SETTINGS_CHANGED, changedHelp, readHelp } from "../settings/index.ts";
import type { HelpChange } from "../settings/index.ts";
import { presentShop } from "./list-shops.ts";
import type { PresentedShop } from "./list-shops.ts";

export interface ChangeShopDeps extends AuditDeps {
  database: Pick<Database, "db" | "transaction">;
}

/**
 * Changes where buyers of a shop are sent by composer. Throws 404 for a shop that the caller does not see, and
 * `auth.outside_bound` for a caller that is kept to some packages: all buyers of the shop read it.
 */
export async function changeShop(
  deps: ChangeShopDeps,
  caller: Caller,
  name: string,
  change: HelpChange,
): Promise<PresentedShop> {
  if (caller.shop !== null && caller.shop !== name) throw noSuchShop();
  if (caller.packageBound !== null) {
    const problem = "A management token with a package bound cannot change a shop: all its buyers read this.";
    throw new AppError("auth.outside_bound", problem);
  }
  return await deps.database.transaction(async (trx, changed) => {
    const shop = (await listShops(trx)).find((one) => one.name === name);
    if (shop === undefined) throw noSuchShop();
    const before = readHelp(shop.help);
    const { after, stored } = changedHelp(before, change);
    if (stored === shop.help) return presentShop(shop);
    await updateShopHelp(trx, name, stored);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "shop.changed",
      target: { kind: "shop", id: name },
      personal: { before, after },
    });
    changed(SETTINGS_CHANGED);
    return presentShop({ ...shop, help: stored });
  });
}

function noSuchShop(): AppError {
  return new AppError("resource.not_found", "There is no such shop.");
}
