import { useQuery } from "@tanstack/react-query";
import { api, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { useMay } from "../../api/session.ts";

type HostedPackage = components["schemas"]["Package"];

const PACKAGES_MAX = 1000;
const NONE: HostedPackage[] = [];

/** What is hosted, to suggest and to match prefixes with; `more`: there are more than were fetched. */
export function useHostedPackages() {
  const mayRead = useMay("packages:read");
  const query = useQuery({
    queryKey: ["packages", "hosted"],
    queryFn: () => unwrapPage(api.GET("/api/packages", { params: { query: { limit: PACKAGES_MAX } } })),
    staleTime: 60_000,
    enabled: mayRead,
  });
  const packages = query.data?.items ?? NONE;
  return {
    ...{ packages, names: packages.map(({ name }) => name) },
    more: query.data?.nextCursor !== undefined,
    isLoading: mayRead && query.isPending,
    error: query.error,
  };
}

/** The vendors of what is hosted, by name. */
export function useHostedVendors(): string[] {
  const { names } = useHostedPackages();
  return [...new Set(names.map((name) => name.split("/")[0] ?? ""))].sort();
}
