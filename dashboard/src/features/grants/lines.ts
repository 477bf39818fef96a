import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import type { Grant } from "./grants.ts";

export type GrantLine = components["schemas"]["GrantLine"];
export type GrantTerms = components["schemas"]["SetGrantLine"];
type SetAnswer = components["schemas"]["SetGrantLineAnswer"];

/** Whose grants, as the shop names its customer. */
export interface GrantOwner {
  customerId: string;
  shop: string;
}

/** A line of an order of a customer. */
export interface LineRef extends GrantOwner {
  orderId: string;
  line: string;
}

export interface Line {
  ref: LineRef;
  /** By which it is told how it stands with the line: of what is sold, or else of what came along. */
  first: Grant;
  /** What is sold with it now; of one that ended, what was. */
  sold: Grant[];
  /** Granted along with it, because something that was sold requires it. */
  along: Grant[];
  /** What it sold before it was changed. */
  before: Grant[];
}

export interface Order {
  orderId: string;
  lines: Line[];
}

/** What the customer holds itself, by order and line, what was bought or changed last first. */
export function ordersOf(grants: readonly Grant[], { customerId, shop }: GrantOwner): Order[] {
  const orders = new Map<string, Map<string, [Grant, ...Grant[]]>>();
  for (const grant of grants) {
    if (grant.token !== null || grant.order_id === null || grant.line === null) continue;
    const lines = orders.get(grant.order_id) ?? new Map<string, [Grant, ...Grant[]]>();
    const rows = lines.get(grant.line);
    orders.set(grant.order_id, lines.set(grant.line, rows === undefined ? [grant] : [...rows, grant]));
  }
  return [...orders]
    .toSorted(([, a], [, b]) => newestOf(b) - newestOf(a))
    .map(([orderId, lines]) => ({
      orderId,
      lines: [...lines]
        .map(([line, rows]) => lineOf({ customerId, shop, orderId, line }, rows))
        .toSorted((a, b) => a.ref.line.localeCompare(b.ref.line, undefined, { numeric: true })),
    }));
}

function newestOf(lines: ReadonlyMap<string, readonly Grant[]>): number {
  return Math.max(0, ...[...lines.values()].flat().map(({ created_at: at, occurred_at: soldAt }) => soldAt ?? at));
}

function lineOf(ref: LineRef, rows: readonly [Grant, ...Grant[]]): Line {
  const standing = rows.filter((grant) => grant.status !== "revoked");
  // What was sold last was cancelled last.
  const now = standing.length > 0 ? standing : rows.toSorted((a, b) => (b.revoked_at ?? 0) - (a.revoked_at ?? 0));
  const sold = now.filter((grant) => !grant.dependency);
  const along = now.filter((grant) => grant.dependency);
  return {
    ...{ ref, sold, along, first: sold[0] ?? along[0] ?? rows[0] },
    before: standing.length > 0 ? rows.filter((grant) => grant.status === "revoked" && !grant.dependency) : [],
  };
}

export function useGrantLine(ref: LineRef) {
  return useQuery({
    queryKey: ["grants", "line", ref],
    queryFn: () =>
      unwrap(
        api.GET("/api/customers/{customer_id}/grants/{shop}/{order_id}/{line}", { params: { path: pathOf(ref) } }),
      ),
  });
}

/** All of the line at once: what is not said is not limited. It happened now. */
export async function setLine(ref: LineRef, terms: GrantTerms): Promise<SetAnswer> {
  return await unwrap(
    api.PUT("/api/customers/{customer_id}/grants/{shop}/{order_id}/{line}", {
      params: { path: pathOf(ref) },
      body: terms,
    }),
  );
}

/** What a cancellation takes, and why. */
export interface Cancellation {
  /** What was released by now stays installable. */
  keeps: boolean;
  reason?: string;
}

/** Answers what came of it, in words, where nothing did. */
export async function cancelLine(ref: LineRef, cancellation: Cancellation): Promise<string | undefined> {
  const { applied, reason } = await unwrap(
    api.DELETE("/api/customers/{customer_id}/grants/{shop}/{order_id}/{line}", {
      params: { path: pathOf(ref), query: queryOf(cancellation) },
    }),
  );
  return applied ? undefined : (reason ?? "Nothing was changed.");
}

export async function cancelOrder(
  owner: GrantOwner,
  orderId: string,
  cancellation: Cancellation,
): Promise<string | undefined> {
  const { lines } = await unwrap(
    api.DELETE("/api/customers/{customer_id}/grants/{shop}/{order_id}", {
      params: {
        path: { customer_id: owner.customerId, shop: owner.shop, order_id: orderId },
        query: queryOf(cancellation),
      },
    }),
  );
  const refused = lines.find(({ applied }) => !applied);
  return refused === undefined ? undefined : `Line ${refused.line}: ${refused.reason ?? "nothing was changed"}`;
}

function queryOf({ keeps, reason }: Cancellation): { keep?: "released"; reason?: string } {
  return {
    ...(keeps ? { keep: "released" as const } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}

function pathOf({ customerId, shop, orderId, line }: LineRef) {
  return { customer_id: customerId, shop, order_id: orderId, line };
}

/** The terms of a line as they stand, to be sent again with what changes. */
export function termsOf(line: GrantLine): GrantTerms {
  return {
    packages: line.packages,
    constraint: line.constraint,
    stability: line.stability as GrantTerms["stability"] & string,
    updates_until: line.updates_until,
    starts_at: line.starts_at,
    expires_at: line.expires_at,
    grace_days: line.grace_days,
    with_dependencies: line.with_dependencies,
  };
}
