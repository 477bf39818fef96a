import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

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

/** The whole order that a line is of. */
export async function cancelOrder(ref: LineRef, cancellation: Cancellation): Promise<string | undefined> {
  const { lines } = await unwrap(
    api.DELETE("/api/customers/{customer_id}/grants/{shop}/{order_id}", {
      params: {
        path: { customer_id: ref.customerId, shop: ref.shop, order_id: ref.orderId },
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
