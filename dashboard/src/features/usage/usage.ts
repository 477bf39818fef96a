import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type UsageRow = components["schemas"]["UsageRow"];
export type UsageSpan = 30 | 90 | 365;
type Grouping = "day" | "package" | "version";

/** Whose use: a token's, or a customer's with all its tokens. */
export type UsageOf = { tokenId: string } | { customerId: string; shop: string };

export const DAY_SECONDS = 86_400;

/** When today began. Days are UTC's, as the server counts them; what is asked by it stays the same on a page. */
export function useToday(): number {
  const [today] = useState(() => Math.floor(Date.now() / 1000 / DAY_SECONDS) * DAY_SECONDS);
  return today;
}

/** By version one package has to be named. */
export function useUsage(of: UsageOf, span: UsageSpan, groupBy: Grouping, packageName?: string) {
  const today = useToday();
  const from = today - (span - 1) * DAY_SECONDS;
  return useQuery({
    queryKey: ["tokens", "usage", of, from, groupBy, packageName],
    queryFn: () => {
      const query = { from, group_by: groupBy, ...(packageName === undefined ? {} : { package: packageName }) };
      if ("tokenId" in of) {
        return unwrap(api.GET("/api/usage", { params: { query: { ...query, token_id: of.tokenId } } }));
      }
      return unwrap(
        api.GET("/api/customers/{customer_id}/usage", {
          params: { path: { customer_id: of.customerId }, query: { ...query, shop: of.shop } },
        }),
      );
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** `1.2.0.0` as people write it. */
export function versionText(normalized: string): string {
  return normalized.replace(/^(\d+\.\d+\.\d+)\.0(?=$|-)/, "$1");
}
