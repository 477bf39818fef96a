import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";

const NONE: string[] = [];

/** The shops that the newest tokens are of: enough to know whether there are several, and to suggest them. */
export function useKnownShops(): string[] {
  const query = useQuery({
    queryKey: ["tokens", "shops"],
    queryFn: async () => {
      const tokens = await unwrap(api.GET("/api/tokens", { params: { query: { limit: "200", status: "all" } } }));
      return [...new Set(tokens.map((token) => token.shop))].sort();
    },
    staleTime: 300_000,
  });
  return query.data ?? NONE;
}
