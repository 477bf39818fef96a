import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import { useMay } from "../../api/session.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type SharingSignal = components["schemas"]["SharingSignal"];

/** Whose tokens: one, a customer's, those of a shop, or all. */
export type SharedBy =
  { tokenId: string } | { customerId: string; shop: string } | { shop: string | undefined; limit: number };

/** Tokens that look shared and that nobody found in order. */
export function useSharingSignals(of: SharedBy, enabled = true) {
  const mayRead = useMay("tokens:read");
  return useQuery({
    queryKey: ["tokens", "sharing", of],
    queryFn: () => unwrap(api.GET("/api/sharing-signals", { params: { query: queryOf(of) } })),
    enabled: enabled && mayRead,
    staleTime: 30_000,
  });
}

function queryOf(of: SharedBy) {
  if ("tokenId" in of) return { token_id: of.tokenId };
  if ("customerId" in of) return { customer_id: of.customerId, shop: of.shop };
  return { limit: of.limit, ...(of.shop === undefined ? {} : { shop: of.shop }) };
}

export function useDismissSharing() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (tokenId: string) =>
      unwrap(api.DELETE("/api/sharing-signals/{token_id}", { params: { path: { token_id: tokenId } } })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["tokens", "sharing"] });
      await queryClient.invalidateQueries({ queryKey: ["audit-events"] });
    },
  });
}

/** "Used from 41 networks in 7 days". */
export function sharingText({ networks, days }: SharingSignal): string {
  return `Used from ${networks.toLocaleString()} networks in ${days === 1 ? "a day" : `${String(days)} days`}`;
}
