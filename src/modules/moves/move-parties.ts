import { AppError } from "../../platform/errors.ts";
import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import type { Principal } from "../callers/index.ts";
import {
  ensureCustomer,
  findCustomer,
  getVisibleCustomer,
  holdCustomer,
  isCustomerVisible,
} from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import type { MoveDeps } from "./move-deps.ts";
import { forgetMovesBefore, listCustomerRows } from "./move-queries.ts";

/** For how long what was moved can be given back. */
export const UNDO_SECONDS = 30 * 86_400;

/** What undoing takes is about people, and kept no longer than it can be undone. */
export async function forgetOldMoves({
  database,
  clock,
}: Pick<MoveDeps, "clock"> & { database: { db: Db } }): Promise<void> {
  await forgetMovesBefore(database.db, nowSeconds(clock) - UNDO_SECONDS);
}

/** New secrets are in the answer, and those are for whoever may rotate tokens. */
export function refuseWithoutScope(caller: Principal, { rotate }: { rotate?: boolean | null | undefined }): void {
  if (rotate === false || caller.scopes.has("tokens:write")) return;
  throw new AppError(
    "auth.missing_scope",
    'New secrets need the scope tokens:write besides; "rotate": false leaves those that there are.',
  );
}

/**
 * Holds customers (`customers.id`) until the transaction ends, always in the same order, so that two that hold several
 * do not wait for each other; returns them as they are then.
 */
export async function holdAll(deps: MoveDeps, trx: Db, ids: readonly string[]): Promise<Map<string, CustomerRow>> {
  for (const id of [...new Set(ids)].sort()) await holdCustomer(trx, deps.database.engine, id);
  return new Map((await listCustomerRows(trx, ids)).map((row) => [row.id, row]));
}

/** 409 for somebody who is forgotten, suspended, or somebody else by now. */
export function refuseUnfit(customer: CustomerRow): void {
  const conflict = (detail: string) => new AppError("resource.conflict", detail);
  if (customer.erased_at !== null) throw conflict("This customer was erased, which is final.");
  if (customer.suspended_at !== null) {
    throw conflict(`The customer ${customer.customer_id} is suspended: resume it first.`);
  }
  if (customer.merged_into !== null) throw conflict("The customer was merged into another one just now.");
}

/** Both customers of a shop, held; 404 where the caller does not see one of them. */
export async function openParties(
  deps: MoveDeps,
  trx: Db,
  caller: Principal,
  { from, to }: { from: string; to: string },
): Promise<{ from: CustomerRow; to: CustomerRow }> {
  const giver = await getVisibleCustomer(trx, caller, from);
  const taker = await getVisibleCustomer(trx, { ...caller, shop: giver.shop }, to);
  if (giver.id === taker.id) throw new AppError("resource.conflict", "They are one and the same customer already.");
  const held = await holdAll(deps, trx, [giver.id, taker.id]);
  const parties = { from: held.get(giver.id) ?? giver, to: held.get(taker.id) ?? taker };
  for (const party of [parties.from, parties.to]) refuseUnfit(party);
  // Somebody sold something to one of them while we waited.
  await refuseHidden(trx, caller, [parties.from, parties.to]);
  return parties;
}

/** 404 where the caller does not see one of them; once more when their tokens are held, and nobody changes those. */
export async function refuseHidden(trx: Db, caller: Principal, parties: readonly CustomerRow[]): Promise<void> {
  for (const { id } of parties) if (!(await isCustomerVisible(trx, caller, id))) throw noSuchCustomer();
}

function noSuchCustomer(): AppError {
  return new AppError("resource.not_found", "There is no such customer.");
}

/** To whom something goes: a customer the caller sees, or a new one of the shop. Not held yet. */
export async function findOrMakeTaker(
  deps: MoveDeps,
  trx: Db,
  caller: Principal,
  shop: string,
  named: { customerId: string; email: string | null },
): Promise<CustomerRow> {
  const known = await findCustomer(trx, shop, named.customerId);
  if (known !== undefined) {
    if (!(await isCustomerVisible(trx, { ...caller, shop }, known.id))) throw noSuchCustomer();
    return known;
  }
  return await ensureCustomer(trx, { shop, packageBound: caller.packageBound }, named, nowSeconds(deps.clock));
}
