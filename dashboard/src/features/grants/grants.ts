import { useInfiniteQuery } from "@tanstack/react-query";
import { api, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Grant = components["schemas"]["CustomerGrant"];

/** Enough for all that nearly every customer has: an order that is cut in two looks like two. */
const GRANTS_AT_ONCE = 500;

export function useGrantsOfCustomer(customerId: string, shop: string, enabled = true) {
  return useInfiniteQuery({
    queryKey: ["grants", customerId, shop],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/customers/{customer_id}/grants", {
          params: {
            path: { customer_id: customerId },
            query: { shop, limit: GRANTS_AT_ONCE, ...(pageParam === "" ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    enabled,
  });
}
