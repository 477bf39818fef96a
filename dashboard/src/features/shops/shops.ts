import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import { useMay } from "../../api/session.ts";

const NONE: string[] = [];

/** The name spaces of customers, by name; empty until it is known, and for who may not see them. */
export function useShops(): string[] {
  const mayRead = useMay("tokens:read");
  const query = useQuery({
    queryKey: ["shops"],
    queryFn: async () => (await unwrap(api.GET("/api/shops"))).map(({ name }) => name),
    staleTime: 300_000,
    enabled: mayRead,
  });
  return query.data ?? NONE;
}
