import { useInfiniteQuery } from "@tanstack/react-query";
import { api, unwrapPage } from "../../api/client.ts";
import { queryText } from "../../api/query-text.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type AuditEvent = components["schemas"]["AuditEvent"];

/** How the list can be narrowed; a time is Unix seconds as text, as it stands in the address. */
export interface AuditFilter {
  q?: string;
  action?: string;
  actor_id?: string;
  target_id?: string;
  customer_id?: string;
  shop?: string;
  since?: string;
  until?: string;
}

export function useAuditEvents(filter: AuditFilter, limit = 50) {
  return useInfiniteQuery({
    queryKey: ["audit-events", filter, limit],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/audit-events", {
          params: {
            query: { ...filter, limit: limit, ...(pageParam === "" ? {} : { cursor: pageParam }) } as never,
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** Where the same records can be had as lines of JSON. */
export function exportAddress(filter: AuditFilter): string {
  const given = Object.entries(filter as Record<string, string>).filter(([, value]) => value !== "");
  const search = queryText(Object.fromEntries(given));
  return `/api/audit-events/export${search === "" ? "" : `?${search}`}`;
}
