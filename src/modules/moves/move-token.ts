import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Principal } from "../callers/index.ts";
import { isCustomerVisible } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { getTokenForChange, getVisibleToken, labelsOfNewOwner, moveTokens } from "../tokens/index.ts";
import type { MovedToken, TokenRow } from "../tokens/index.ts";
import { previewAccess } from "./measure-access.ts";
import type { AccessChange } from "./measure-access.ts";
import type { MoveDeps } from "./move-deps.ts";
import { findOrMakeTaker, holdAll, refuseUnfit, refuseWithoutScope } from "./move-parties.ts";
import { insertMove, moveMails } from "./move-queries.ts";
import type { MoveTokenBody } from "./move-schemas.ts";
import { NOTHING_MOVED } from "./move-undo.ts";
import type { MoveUndo } from "./move-undo.ts";

export interface MovedOne {
  /** `moves.id` */
  move: string;
  token: MovedToken;
  to: CustomerRow;
}

/**
 * Gives one token to another customer of the shop, who is made if it is new: the labels name the new owner, the old
 * one's secret ends by default. What the token is narrowed to stays; what it reads of its customer is the new one's.
 */
export async function moveToken(
  deps: MoveDeps,
  caller: Principal,
  id: string,
  input: MoveTokenBody,
): Promise<MovedOne> {
  refuseWithoutScope(caller, input);
  return await deps.database.transaction(async (trx, changed) => {
    const { row, from, to } = await openToken(deps, trx, caller, id, input);
    return await moveHeld(deps, trx, changed, caller, { row, from, to, input });
  });
}

/** What the token would open that it does not now, and the other way round. Changes nothing. */
export async function previewTokenMove(
  deps: MoveDeps,
  caller: Principal,
  id: string,
  input: MoveTokenBody,
): Promise<AccessChange[]> {
  return await previewAccess(deps, async (silent, trx, changed, measure) => {
    const { row, from, to } = await openToken(silent, trx, caller, id, input);
    await measure([], [row]);
    await moveHeld(silent, trx, changed, caller, { row, from, to, input });
  });
}

async function openToken(deps: MoveDeps, trx: Db, caller: Principal, id: string, input: MoveTokenBody) {
  const { shop, customer } = await getVisibleToken(trx, caller, id);
  const named = { customerId: input.customer_id, email: input.email ?? null };
  const taker = await findOrMakeTaker(deps, trx, caller, shop, named);
  const held = await holdAll(deps, trx, [taker.id, ...(customer === null ? [] : [customer])]);
  const row = await getTokenForChange(trx, deps.database.engine, caller, id);
  const to = held.get(taker.id) ?? taker;
  const from = row.customer === null ? undefined : held.get(row.customer);
  if (row.customer !== null && from === undefined)
    throw new AppError("request.in_flight", "Somebody moves it just now.");
  if (from !== undefined && !(await isCustomerVisible(trx, caller, from.id))) {
    throw new AppError("resource.not_found", "There is no such token.");
  }
  for (const party of [to, ...(from === undefined ? [] : [from])]) refuseUnfit(party);
  refuseUnmovable(row, to);
  return { row, from, to };
}

function refuseUnmovable(row: TokenRow, to: CustomerRow): void {
  const conflict = (detail: string) => new AppError("resource.conflict", detail);
  if (row.customer === to.id) throw conflict("The token is this customer's already.");
  if (row.revoked_at !== null) throw conflict("This token was revoked: there is nothing to move.");
  if (row.order_line !== null) {
    throw conflict("This token opens what was sold with its order: move the order, and the token goes with it.");
  }
}

async function moveHeld(
  deps: MoveDeps,
  trx: Db,
  changed: RecordChange,
  caller: Principal,
  given: { row: TokenRow; from: CustomerRow | undefined; to: CustomerRow; input: MoveTokenBody },
): Promise<MovedOne> {
  const { row, from, to, input } = given;
  const now = nowSeconds(deps.clock);
  const move = newTimeOrderedId("move", deps.clock.nowMs());
  const owner = { customerId: to.customer_id, emailBefore: from?.email ?? null, email: input.email ?? to.email };
  const { tokens, before } = await moveTokens(deps, trx, changed, caller, [row], {
    ...{ customer: to.id, rotate: input.rotate ?? true, overlapSeconds: input.overlap_seconds ?? 0 },
    ...{ notify: input.notify ?? undefined, relabel: (one) => labelsOfNewOwner(one, owner), move },
  });
  await moveMails(trx, row.customer, to.id, [row.id]);
  const undo: MoveUndo = { ...NOTHING_MOVED, tokens: before };
  await insertMove(trx, {
    ...{ id: move, kind: "token", shop: row.shop, from_customer: row.customer, to_customer: to.id, token: row.id },
    ...{ order_id: null, undo: JSON.stringify(undo), moved_by: caller.actor.id },
    ...{ created_at: now, undone_at: null },
  });
  const [token] = tokens;
  if (token === undefined) throw new AppError("internal.unexpected", "The token did not move.");
  return { move, token, to };
}
