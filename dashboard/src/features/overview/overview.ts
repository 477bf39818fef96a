import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Overview = components["schemas"]["Overview"];

const REFRESH_MS = 30_000;

export function useOverview(days: string, shop: string | undefined) {
  return useQuery({
    queryKey: ["overview", days, shop],
    queryFn: () =>
      unwrap(
        api.GET("/api/overview", { params: { query: { days, ...(shop === undefined ? {} : { shop }) } as never } }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}
