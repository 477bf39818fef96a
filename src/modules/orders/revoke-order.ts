import type { Caller } from "../callers/index.ts";
import { listGrantsOfToken } from "../grants/index.ts";
import { revokeTokenRow } from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import { recordOrderEvent, rememberState, withOrder } from "./open-order.ts";
import type { HeldOrder, OrderAction, OrderDeps } from "./open-order.ts";
import { unknownOrder } from "./order-buyers.ts";
import { endLines } from "./order-lines.ts";
import { holdsAnything } from "./order-queries.ts";

export interface RevokedOrder {
  /** The shop's id of the customer; null for a guest. */
  customerId: string | null;
  /** `customers.id`. */
  customer: string | null;
  /** Ended now. */
  tokens: string[];
  grants: string[];
  /** Credentials of the order by which its customer reads what is left. */
  kept: string[];
  warnings: string[];
}

/**
 * Ends everything of an order of one buyer, in force with the next request: its tokens, however they were made, and
 * what its lines granted. It is remembered, so that a sale that is delivered after it does not sell. A credential that
 * holds nothing itself goes on while its customer has something else. Repeating it ends what came since.
 */
export async function revokeOrder(deps: OrderDeps, caller: Caller, action: OrderAction): Promise<RevokedOrder> {
  const done = await withOrder(deps, caller, action, (held) => revokeHeldOrder(deps, held, action.reason));
  if (done === undefined) throw unknownOrder();
  return done;
}

async function revokeHeldOrder(deps: OrderDeps, held: HeldOrder, reason: string | undefined): Promise<RevokedOrder> {
  const { trx, changed, caller, party, states, known, now } = held;
  const revocation = Math.max(0, ...states.map((state) => state.revocation)) + 1;
  const lines = await endLines(deps, held, reason);
  const tokens: string[] = [];
  const kept: string[] = [];
  const ending = { why: "order" as const, orderRevocation: revocation, reason };
  for (const row of party.tokens.filter(({ revoked_at }) => revoked_at === null)) {
    if (await isStillNeeded(held, row)) kept.push(row.id);
    else if (await revokeTokenRow(deps, trx, changed, caller, row, ending)) tokens.push(row.id);
  }
  const isKnown = known.some((state) => state.revoked_at !== null);
  if (tokens.length + lines.grants.length > 0 || !isKnown) {
    const cancellations_before = lines.before === null ? null : JSON.stringify(lines.before);
    await rememberState(held, { revoked_at: now, revocation, cancellations_before });
    const ended = { tokens_revoked: tokens.length, grants_revoked: lines.grants.length };
    await recordOrderEvent(deps, held, "order.revoked", ended, reason);
  }
  return { ...whoseIs(held), tokens, grants: lines.grants, kept, warnings: held.warnings };
}

/** A credential that holds nothing itself, of a customer who has something else by which it opens something. */
async function isStillNeeded({ trx, now }: HeldOrder, row: TokenRow): Promise<boolean> {
  if (row.access === "own" || row.customer === null) return false;
  const own = await listGrantsOfToken(trx, row.id);
  if (own.some(({ revoked_at }) => revoked_at === null)) return false;
  return await holdsAnything(trx, row.customer, now);
}

export function whoseIs({ party }: HeldOrder): { customerId: string | null; customer: string | null } {
  return { customerId: party.customer?.customer_id ?? null, customer: party.customer?.id ?? null };
}
