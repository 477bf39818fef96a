import type { RecordChange } from "../../platform/database/index.ts";
import type { Database, Db } from "../../schema.ts";
import type { Caller, Principal } from "../callers/index.ts";
import { holdCustomer } from "../customers/index.ts";
import { warnOfMore } from "./asks-for-more.ts";
import { endedSale } from "./ended-sale.ts";
import { findOrderEnd } from "./order-tokens.ts";
import type { OrderSale } from "./repeated-sale.ts";
import { lineNameOf, linesOf } from "./token-lines.ts";
import type { LinePlace, PreparedLine, TokenLines } from "./token-lines.ts";
import type { TokenMetadata } from "./token-metadata.ts";
import type { CreateTokenBody } from "./token-schemas.ts";

/** What is sold as a line of the customer's order, which nobody else changes meanwhile. */
export interface OpenLine {
  place: LinePlace;
  sale: PreparedLine;
  /** Nothing is known of it, or it is sold again after its end. */
  isNew: boolean;
  /** Of the line as it is after this. */
  expiresAt: number | null;
  warnings: string[];
}

export interface SellLineDeps {
  database: Pick<Database, "engine">;
  lines?: TokenLines | undefined;
}

/** Whether the setting `credential` of a management token makes a line of this sale; the body has the last word. */
export function isSoldAsLine(
  caller: Pick<Principal, "saleDefaults">,
  { access }: Pick<CreateTokenBody, "access">,
  metadata: TokenMetadata,
  patterns: readonly string[],
): boolean {
  if (caller.saleDefaults?.credential !== "customer" || metadata.customerId === undefined) return false;
  return (access === null || access === undefined || access === "customer") && patterns.length > 0;
}

/** Holds the customer and finds the line; throws `sale.ended` where it was cancelled and is not sold again. */
export async function openLine(
  deps: SellLineDeps,
  trx: Db,
  caller: Caller,
  asked: { customer: string; orderId: string; order: OrderSale | undefined; prepared: PreparedLine; now: number },
): Promise<OpenLine> {
  const { customer, orderId, order, prepared, now } = asked;
  await holdCustomer(trx, deps.database.engine, customer);
  const { terms } = prepared;
  const place = { customer, orderId, line: lineNameOf(terms.patterns) };
  const known = await linesOf(deps).find(trx, caller, place);
  const opened = { place, sale: prepared, isNew: true, expiresAt: terms.expiresAt, warnings: [] };
  const hasEnded =
    known?.hasEnded ?? (order !== undefined && (await findOrderEnd(trx, order.order, order.reach)) !== undefined);
  if (hasEnded && order !== undefined && !order.again) throw endedSale(order.order, undefined);
  if (known?.terms === undefined || known.hasEnded) return opened;
  const held = { ...known.terms, since: now };
  return { ...opened, isNew: false, expiresAt: held.expiresAt, warnings: warnOfMore(terms, held, now) };
}

/** Sells it, if that is new. */
export async function sellOpenLine(
  deps: SellLineDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  { place, sale, isNew, warnings }: OpenLine,
): Promise<string[]> {
  if (!isNew) return warnings;
  return [...warnings, ...(await linesOf(deps).sell(trx, changed, caller, place, sale))];
}
