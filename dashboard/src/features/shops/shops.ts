import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { useMay } from "../../api/session.ts";

export type Shop = components["schemas"]["Shop"];

const NONE: string[] = [];

function useShopQuery<Selected>(select: (shops: Shop[]) => Selected) {
  const mayRead = useMay("tokens:read");
  return useQuery({
    queryKey: ["shops"],
    queryFn: () => unwrap(api.GET("/api/shops")),
    staleTime: 300_000,
    enabled: mayRead,
    select,
  });
}

const wholeShops = (shops: Shop[]) => shops;
const namesOf = (shops: Shop[]) => shops.map(({ name }) => name);

/** The name spaces of customers, by name, and where their buyers are sent. */
export function useShopRows() {
  return useShopQuery(wholeShops);
}

/** Their names; empty until they are known, and for who may not see them. */
export function useShops(): string[] {
  return useShopQuery(namesOf).data ?? NONE;
}

export function useUpdateShop(shop: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["UpdateShop"]) =>
      unwrap(api.PATCH("/api/shops/{shop}", { params: { path: { shop } }, body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["shops"] }),
  });
}
