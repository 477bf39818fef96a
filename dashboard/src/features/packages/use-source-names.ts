import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, unwrap } from "../../api/client.ts";
import { useMay } from "../../api/session.ts";

function useSources() {
  return useQuery({
    queryKey: ["sources", "list"],
    queryFn: () => unwrap(api.GET("/api/sources")),
    enabled: useMay("sources:read"),
  });
}

/** Directories that are empty in the archives of a source, because its submodules are left out. */
export function useSubmodulesLeftOut(id: string | null): readonly string[] {
  const source = useSources().data?.find((one) => one.id === id);
  return source === undefined || source.submodules === "include" ? [] : source.submodule_paths;
}

/** Names of sources by id; empty for who may not see them. */
export function useSourceNames(): ReadonlyMap<string, string> {
  const { data } = useSources();
  return useMemo(() => new Map(data?.map(({ id, name }) => [id, name])), [data]);
}
