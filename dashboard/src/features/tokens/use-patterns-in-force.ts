import { useGrantsOfCustomer } from "../grants/grants.ts";
import { buyerOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** The prefixes of a token and, where it reads them, the grants of its customer. null: everything. */
export function usePatternsInForce(token: Token): string[] | null {
  const { customerId } = buyerOf(token);
  const readsGrants = token.access === "customer" && customerId !== undefined;
  const grants = useGrantsOfCustomer(customerId ?? "", token.shop, readsGrants);
  if (token.allowed_package_prefixes === null) return null;
  const granted = (grants.data?.pages.flatMap((page) => page.items) ?? [])
    .filter((grant) => grant.token === null && grant.status === "active")
    .map((grant) => grant.package_pattern);
  return [...token.allowed_package_prefixes, ...granted];
}
