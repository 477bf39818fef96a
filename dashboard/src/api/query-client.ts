import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./errors.ts";

const SECOND = 1000;

/** One cache for the whole page. A session that ended shows the log-in instead of one error after the other. */
export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeLogOut }),
  mutationCache: new MutationCache({ onError: noticeLogOut }),
  defaultOptions: {
    queries: {
      staleTime: 10 * SECOND,
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof ApiError) || [0, 502, 503, 504].includes(error.status)),
    },
  },
});

function noticeLogOut(error: unknown): void {
  if (error instanceof ApiError && error.status === 401 && error.code === "auth.missing") {
    void queryClient.invalidateQueries({ queryKey: ["session"] });
  }
}
