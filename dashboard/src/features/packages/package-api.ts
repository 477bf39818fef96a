import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Package = components["schemas"]["Package"];
export type PackageDetail = components["schemas"]["PackageDetail"];
export type PackageVersion = PackageDetail["versions"][number];
export type VersionDetail = components["schemas"]["Version"];

export interface PackageFilter {
  q?: string;
  vendor?: string;
}

export function usePackages(filter: PackageFilter) {
  return useInfiniteQuery({
    queryKey: ["packages", "list", filter],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/packages", {
          params: { query: { limit: 50, ...filter, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: (before) => before,
  });
}

/** The two parts of a name, as they stand in addresses of the dashboard and of the API. */
export interface PackageName {
  vendor: string;
  name: string;
}

export function usePackage({ vendor, name }: PackageName, withWithdrawn: boolean) {
  return useQuery({
    queryKey: ["packages", "one", vendor, name, withWithdrawn],
    queryFn: () =>
      unwrap(
        api.GET("/api/packages/{vendor}/{name}", {
          params: { path: { vendor, name }, query: withWithdrawn ? { withdrawn: "include" } : {} },
        }),
      ),
    // Of the same package: its page must not go blank when withdrawn versions are asked for.
    placeholderData: (before) => (before?.name === `${vendor}/${name}` ? before : undefined),
  });
}

export function useVersion({ vendor, name }: PackageName, version: string) {
  return useQuery({
    queryKey: ["packages", "version", vendor, name, version],
    queryFn: () =>
      unwrap(
        api.GET("/api/packages/{vendor}/{name}/versions/{version}", { params: { path: { vendor, name, version } } }),
      ),
  });
}

export function useCorrectReleaseDate({ vendor, name }: PackageName, version: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (releasedAt: number) =>
      unwrap(
        api.PATCH("/api/packages/{vendor}/{name}/versions/{version}", {
          params: { path: { vendor, name, version } },
          body: { released_at: releasedAt },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ["packages"] }),
  });
}

export function useUpdatePackage({ vendor, name }: PackageName) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: components["schemas"]["UpdatePackage"]) =>
      unwrap(api.PATCH("/api/packages/{vendor}/{name}", { params: { path: { vendor, name } }, body })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["packages"] });
      await queryClient.invalidateQueries({ queryKey: ["attention"] });
    },
  });
}

export type UsageRow = components["schemas"]["UsageRow"];

const DAY_SECONDS = 86_400;

export function usePackageUsage(name: string, days: number, groupBy: "day" | "version") {
  return useQuery({
    queryKey: ["packages", "usage", name, days, groupBy],
    queryFn: () => {
      // Days are those of UTC, as the server counts them.
      const today = Math.floor(Date.now() / 1000 / DAY_SECONDS) * DAY_SECONDS;
      const from = today - (days - 1) * DAY_SECONDS;
      return unwrap(api.GET("/api/usage", { params: { query: { package: name, from, group_by: groupBy } } }));
    },
    placeholderData: (before) => before,
  });
}

export type AccessToken = components["schemas"]["PackageAccess"]["access"][number];

/** The numbers of all are on the first page. */
export function usePackageAccess({ vendor, name }: PackageName) {
  return useInfiniteQuery({
    queryKey: ["packages", "access", vendor, name],
    queryFn: ({ pageParam }) => {
      const query = { limit: 50, ...(pageParam === "" ? {} : { cursor: pageParam }) };
      return unwrapAccess(
        api.GET("/api/packages/{vendor}/{name}/access", { params: { path: { vendor, name }, query } }),
      );
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** {@link unwrapPage} is for plain lists. */
async function unwrapAccess(call: Promise<{ data?: components["schemas"]["PackageAccess"]; response: Response }>) {
  const { data, response } = await call;
  const { nextCursor } = await unwrapPage<never>(Promise.resolve({ response }));
  return { access: data?.access ?? [], tokens: data?.tokens ?? null, customers: data?.customers ?? null, nextCursor };
}
