import { useGrantsOfCustomer } from "../grants/grants.ts";
import { commonPatterns } from "./package-patterns.ts";
import { buyerOf } from "./tokens.ts";
import type { Token } from "./tokens.ts";

/** What a token reads, of itself and of what its customer is granted. null: everything. */
export function usePatternsInForce(token: Token): string[] | null {
  const { customerId } = buyerOf(token);
  const readsGrants = token.access !== "own" && customerId !== undefined;
  const grants = useGrantsOfCustomer(customerId ?? "", token.shop, readsGrants);
  const granted = (grants.data?.pages.flatMap((page) => page.items) ?? [])
    .filter((grant) => grant.token === null && grant.status === "active")
    .map((grant) => grant.package_pattern);
  return patternsRead(token, granted);
}

/** `granted`: the patterns of the customer's grants in force. */
export function patternsRead(
  { access, allowed_package_prefixes: prefixes }: Pick<Token, "access" | "allowed_package_prefixes">,
  granted: readonly string[],
): string[] | null {
  if (prefixes === null) return null;
  if (access === "project") return commonPatterns(granted, prefixes);
  return access === "customer" ? [...prefixes, ...granted] : prefixes;
}
