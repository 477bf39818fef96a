import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import type { TokenDeps } from "./create-token.ts";
import { lineNameOf, linesOf } from "./token-lines.ts";
import type { KnownLine, LinePlace, LineTerms } from "./token-lines.ts";
import type { TokenRow } from "./token-queries.ts";

/**
 * Where in its customer's order goes what a token was sold with. A line that grants the same is its line too; one of
 * that name that grants something else, or has ended, stays as it is, and the token gets a line of its own beside it.
 */
export async function placeOfJoined(
  deps: Pick<TokenDeps, "lines">,
  trx: Db,
  caller: Caller,
  row: TokenRow & { customer: string },
  terms: LineTerms,
): Promise<{ place: LinePlace; isHeld: boolean }> {
  // A sale without an order's number is an order by itself.
  const place = {
    customer: row.customer,
    orderId: row.order_id ?? row.id,
    line: lineNameOf(terms.patterns),
  };
  const known = await linesOf(deps).find(trx, caller, place);
  if (known === undefined) return { place, isHeld: false };
  if (grantsTheSame(known, terms)) return { place, isHeld: true };
  return { place: { ...place, line: `${place.line} (${row.id})` }, isHeld: false };
}

function grantsTheSame({ hasEnded, isWhole, terms }: KnownLine, wanted: LineTerms): boolean {
  if (hasEnded || !isWhole || terms === undefined) return false;
  return JSON.stringify(comparable(terms)) === JSON.stringify(comparable(wanted));
}

function comparable({ patterns, dependencies = [], ...terms }: LineTerms) {
  return [
    [...patterns].sort(),
    [...dependencies].sort(),
    terms.constraint,
    terms.stability,
    terms.updatesUntil,
    terms.expiresAt,
    terms.graceDays ?? 0,
  ];
}
