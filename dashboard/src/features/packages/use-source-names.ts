import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, unwrap } from "../../api/client.ts";
import { useMay } from "../../api/session.ts";

/** Names of sources by id; empty for who may not see them. */
export function useSourceNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({
    queryKey: ["sources", "list"],
    queryFn: () => unwrap(api.GET("/api/sources")),
    enabled: useMay("sources:read"),
  });
  return useMemo(() => new Map(data?.map(({ id, name }) => [id, name])), [data]);
}
