import type { Db } from "../../schema.ts";
import { compileGrant, endedAt, listEffectiveGrants, patternsOutsideBound } from "../grants/index.ts";
import type { GrantRow } from "../grants/index.ts";
import type { MailRow } from "./mail-queries.ts";
import type { TokenRow } from "./token-mail-queries.ts";

/** A line of an order, as a mail is about it. */
export interface OrderLine {
  orderId: string;
  line: string;
  expiresAt: number | null;
}

/** What a mail is about, where that is not the token itself. */
export function lineOf({ order_id, line, expires_at }: MailRow): OrderLine | undefined {
  return order_id === null || line === null ? undefined : { orderId: order_id, line, expiresAt: expires_at };
}

/**
 * The patterns that end with a line; undefined where the line has another end by now, or none. What the customer has
 * for longer by another purchase, whole, does not end with it.
 */
export async function patternsEndingWith(
  db: Db,
  token: TokenRow,
  { orderId, line, expiresAt }: OrderLine,
  now: number,
): Promise<string[] | undefined> {
  const held = (await listEffectiveGrants(db, token)).filter((grant) => hasNotEnded(grant, now));
  const [own, others] = [held.filter(isOfLine), held.filter((grant) => !isOfLine(grant))];
  const patterns = own
    .filter((grant) => grant.expires_at === expiresAt && grant.is_dependency === 0)
    .map((grant) => grant.package_pattern);
  if (patterns.length === 0) return undefined;
  const longer = others.filter(
    (grant) => isWhole(grant) && (grant.expires_at === null || grant.expires_at > (expiresAt ?? 0)),
  );
  return patternsOutsideBound(
    patterns,
    longer.map((grant) => grant.package_pattern),
  );

  function isOfLine(grant: GrantRow): boolean {
    return grant.order_id === orderId && grant.line === line;
  }
}

/** One that starts later too: whoever renewed ahead misses nothing. */
function hasNotEnded(row: GrantRow, now: number): boolean {
  const grant = compileGrant(row);
  return grant !== undefined && endedAt(grant, now) === undefined;
}

/** Without rules about versions, which could be what the customer misses then. */
function isWhole({ version_constraint, stability, updates_until }: GrantRow): boolean {
  return version_constraint === null && stability === null && updates_until === null;
}
