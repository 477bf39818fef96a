import { useQueries, useQuery } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import { useMay } from "../../api/session.ts";

const PACKAGES_MAX = 1000;
const NONE: string[] = [];

/** The names of what is hosted, to suggest and to match prefixes with; `more`: there are more than were fetched. */
export function useHostedPackages(): { names: string[]; more: boolean; isLoading: boolean; error: unknown } {
  const mayRead = useMay("packages:read");
  const query = useQuery({
    queryKey: ["packages", "names"],
    queryFn: () =>
      unwrapPage(api.GET("/api/packages", { params: { query: { limit: String(PACKAGES_MAX) } } })).then((page) => ({
        names: page.items.map((one) => one.name),
        more: page.nextCursor !== undefined,
      })),
    staleTime: 60_000,
    enabled: mayRead,
  });
  return {
    names: query.data?.names ?? NONE,
    more: query.data?.more ?? false,
    isLoading: mayRead && query.isPending,
    error: query.error,
  };
}

/** The newest stable version of each, or the newest at all; undefined while it is not known. */
export function useNewestVersions(names: readonly string[]): Map<string, { version: string; releasedAt: number }> {
  return useQueries({
    queries: names.map((name) => {
      const [vendor = "", rest = ""] = name.split("/");
      return {
        queryKey: ["packages", "newest", name],
        queryFn: async () => {
          const found = await unwrap(
            api.GET("/api/packages/{vendor}/{name}", { params: { path: { vendor, name: rest } } }),
          );
          const newest = found.versions.find((version) => version.stability === "stable") ?? found.versions[0];
          return newest === undefined ? null : { version: newest.version, releasedAt: newest.released_at };
        },
        staleTime: 60_000,
      };
    }),
    combine: (results) => {
      const newest = new Map<string, { version: string; releasedAt: number }>();
      results.forEach((result, index) => {
        const name = names[index];
        if (name !== undefined && result.data !== undefined && result.data !== null) newest.set(name, result.data);
      });
      return newest;
    },
  });
}
