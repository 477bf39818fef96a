import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Customer = components["schemas"]["Customer"];

/** On its own page. */
export type NamedCustomer = components["schemas"]["NamedCustomer"];

export interface CustomerFilter {
  q?: string;
  shop?: string;
}

export function useCustomers(filter: CustomerFilter) {
  return useInfiniteQuery({
    queryKey: ["customers", "list", filter],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/customers", {
          params: { query: { ...filter, limit: 50, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function useCustomer(customerId: string, shop: string) {
  return useQuery({
    queryKey: ["customers", "one", shop, customerId],
    queryFn: () =>
      unwrap(
        api.GET("/api/customers/{customer_id}", { params: { path: { customer_id: customerId }, query: { shop } } }),
      ),
  });
}

/** All of them, revoked ones too; a customer has few. */
export function useTokensOfCustomer(customerId: string, shop: string, enabled = true) {
  return useQuery({
    queryKey: ["tokens", "of-customer", shop, customerId],
    enabled,
    queryFn: () =>
      unwrap(
        api.GET("/api/customers/{customer_id}/tokens", {
          params: { path: { customer_id: customerId }, query: { shop } },
        }),
      ),
  });
}

export function useHistoryOfCustomer(customerId: string, shop: string) {
  return useInfiniteQuery({
    queryKey: ["audit-events", "of-customer", shop, customerId],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/customers/{customer_id}/history", {
          params: {
            path: { customer_id: customerId },
            query: { shop, limit: 20, ...(pageParam === "" ? {} : { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
}

export async function changeEmail({ customer_id, shop }: Customer, email: string | null): Promise<void> {
  await unwrap(
    api.PATCH("/api/customers/{customer_id}", {
      params: { path: { customer_id }, query: { shop } },
      body: { email },
    }),
  );
}

export async function revokeEverything({ customer_id, shop }: Customer, body: { reason?: string }) {
  return await unwrap(
    api.POST("/api/customers/{customer_id}/revoke", {
      params: { path: { customer_id }, query: { shop } },
      body,
    }),
  );
}
