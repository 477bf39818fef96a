import { commonPatterns } from "../tokens/package-patterns.ts";
import { buyerOf } from "../tokens/tokens.ts";
import type { Token } from "../tokens/tokens.ts";
import type { Grant } from "./grants.ts";
import type { GrantOwner, LineRef } from "./lines.ts";

/** Something that was bought, whichever way it was sold. */
export interface Purchase {
  /** By which it is told how it stands with it: of what is sold, or else of what came along. */
  first: Grant;
  /** What is sold with it now; of one that ended, what was. */
  sold: Grant[];
  /** Granted along with it, because something that was sold requires it. */
  along: Grant[];
  /** What it sold before it was changed. */
  before: Grant[];
}

/** Sold as a line of an order: the tokens that read what their customer is granted open it. */
export interface Line extends Purchase {
  ref: LineRef;
}

/** Sold with a token, which alone opens it; null: to the customer without an order, as a line is otherwise. */
export interface Held extends Purchase {
  tokenId: string | null;
}

export interface Order {
  owner: GrantOwner;
  /** Undefined for all that was sold without one. */
  orderId: string | undefined;
  lines: Line[];
  held: Held[];
}

type Rows = [Grant, ...Grant[]];

/** Everything a customer bought, each once, by order; what was bought or changed last first. */
export function ordersOf(grants: readonly Grant[], owner: GrantOwner, tokens: ReadonlyMap<string, Token>): Order[] {
  const orders = new Map<string | undefined, { lines: Map<string, Rows>; held: Map<string | null, Rows> }>();
  for (const grant of grants) {
    const orderId = orderOf(grant, tokens);
    const order = orders.get(orderId) ?? { lines: new Map<string, Rows>(), held: new Map<string | null, Rows>() };
    if (grant.token === null && grant.order_id !== null && grant.line !== null) add(order.lines, grant.line, grant);
    else add(order.held, grant.token, grant);
    orders.set(orderId, order);
  }
  const newest = ({ lines, held }: Order) => Math.max(0, ...[...lines, ...held].map(soldAt));
  return [...orders]
    .map(([orderId, { lines, held }]) => ({
      owner,
      orderId,
      lines: [...lines]
        .map(([line, rows]) => lineOf({ ...owner, orderId: orderId ?? "", line }, rows))
        .toSorted((a, b) => a.ref.line.localeCompare(b.ref.line, undefined, { numeric: true })),
      held: [...held].map(([tokenId, rows]) => heldOf(tokenId, rows, tokens.get(tokenId ?? ""))),
    }))
    .toSorted((a, b) => newest(b) - newest(a));
}

function add<Key>(rows: Map<Key, Rows>, key: Key, grant: Grant): void {
  const before = rows.get(key);
  rows.set(key, before === undefined ? [grant] : [...before, grant]);
}

/** What a token holds was bought with the token's order. */
function orderOf({ order_id: orderId, token }: Grant, tokens: ReadonlyMap<string, Token>): string | undefined {
  const holder = tokens.get(token ?? "");
  return orderId ?? (holder === undefined ? undefined : buyerOf(holder).orderId);
}

/** When it was sold or last changed. */
export function soldAt({ sold, along, before, first }: Purchase): number {
  return Math.max(...[first, ...sold, ...along, ...before].map((grant) => grant.occurred_at ?? grant.created_at));
}

function lineOf({ customerId, shop, orderId, line }: LineRef, rows: Rows): Line {
  const standing = rows.filter((grant) => grant.status !== "revoked");
  // What was sold last was cancelled last.
  const now = standing.length > 0 ? standing : rows.toSorted((a, b) => (b.revoked_at ?? 0) - (a.revoked_at ?? 0));
  const sold = now.filter((grant) => !grant.dependency);
  const along = now.filter((grant) => grant.dependency);
  return {
    ref: { customerId, shop, orderId, line },
    first: sold[0] ?? along[0] ?? rows[0],
    sold,
    along,
    before: standing.length > 0 ? rows.filter((grant) => grant.status === "revoked" && !grant.dependency) : [],
  };
}

/** It ends with its token, which also says what is sold with it now. */
function heldOf(tokenId: string | null, rows: Rows, token: Token | undefined): Held {
  // What was taken away and given again is there twice.
  const each = [...new Map(rows.toSorted(standingLast).map((grant) => [grant.package_pattern, grant])).values()];
  const isSold = ({ package_pattern: pattern }: Grant) =>
    token === undefined || (token.allowed_package_prefixes ?? ["*"]).includes(pattern);
  const sold = each.filter((grant) => !grant.dependency && isSold(grant));
  const along = each.filter((grant) => grant.dependency && grant.status !== "revoked");
  const first = sold[0] ?? along[0] ?? rows[0];
  return {
    tokenId,
    first: {
      ...first,
      expires_at: first.expires_at ?? token?.expires_at ?? null,
      grace_until: first.grace_until ?? token?.grace_until ?? null,
    },
    sold,
    along,
    before: each.filter((grant) => !grant.dependency && !isSold(grant)),
  };
}

function standingLast(a: Grant, b: Grant): number {
  return Number(b.status === "revoked") - Number(a.status === "revoked");
}

/** Whether something of it is closed until the order is resumed, or its customer. */
export function isOrderSuspended({ lines, held }: Order, tokens: ReadonlyMap<string, Token>): boolean {
  const isHeldBack = ({ tokenId }: Held) => tokens.get(tokenId ?? "")?.suspended_by.includes("order") === true;
  return lines.some(({ first }) => first.status === "suspended") || held.some(isHeldBack);
}

/** The tokens that open a purchase as long as it is in force; `isAll`: every one that the customer has. */
export function openersOf(purchase: Line | Held, tokens: Iterable<Token>): { openers: Token[]; isAll: boolean } {
  const all = [...tokens];
  if ("tokenId" in purchase && purchase.tokenId !== null) {
    return { openers: all.filter(({ id }) => id === purchase.tokenId), isAll: false };
  }
  const living = all.filter(({ status }) => status === "active" || status === "suspended");
  const patterns = [...purchase.sold, ...purchase.along].map((grant) => grant.package_pattern);
  const openers = living.filter(
    ({ access, allowed_package_prefixes: prefixes }) =>
      access === "customer" || (access === "project" && commonPatterns(prefixes ?? [], patterns).length > 0),
  );
  const isAll = living.length > 1 && openers.filter(({ access }) => access === "customer").length === living.length;
  return { openers: openers.toSorted((a, b) => a.access.localeCompare(b.access)), isAll };
}

/**
 * Whether a token ends at its own end. One that was sold with a line of an order shows the end of that line, and goes
 * on: it holds nothing itself.
 */
export function hasOwnEnd(
  { id, access, allowed_package_prefixes: prefixes }: Token,
  grants: readonly Grant[],
): boolean {
  if (access !== "customer" || prefixes === null || prefixes.length === 0) return true;
  return grants.some(({ token }) => token === id);
}
