import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import { queryText } from "../../api/query-text.ts";
import { DAY_SECONDS, useToday } from "./usage.ts";

export type Grouping = "package" | "version" | "customer" | "token";

/** As it stands in the address. */
export interface UsageFilter {
  days?: string;
  shop?: string;
  customer_id?: string;
  token_id?: string;
  package?: string;
}

const REFRESH_MS = 60_000;
/** Of a list, before one asks for more. */
const ROWS = 8;

/** What the API is asked for. */
export function useReportQuery({ days = "30", ...filter }: UsageFilter): Record<string, string> {
  const today = useToday();
  const count = /^[1-9]\d{0,2}$/.test(days) ? Math.min(400, Number(days)) : 30;
  return { from: String(today - (count - 1) * DAY_SECONDS), ...filter };
}

export function useDailyUsage(query: Record<string, string>) {
  return useQuery({
    queryKey: ["usage", "day", query],
    queryFn: () => unwrap(api.GET("/api/usage", { params: { query: query as never } })),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

export function useGroupedUsage(query: Record<string, string>, grouping: Grouping, enabled = true) {
  return useInfiniteQuery({
    queryKey: ["usage", grouping, query],
    enabled,
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/usage", {
          params: {
            query: {
              ...{ ...query, group_by: grouping, limit: ROWS },
              ...(pageParam === "" ? {} : { cursor: pageParam }),
            } as never,
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

/** Where the same can be had as CSV. */
export function csvAddress(query: Record<string, string>, grouping: Grouping | "day" | "detail"): string {
  return `/api/usage/export?${queryText({ ...query, group_by: grouping })}`;
}
