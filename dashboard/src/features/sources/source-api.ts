import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Source = components["schemas"]["Source"];
export type SourceDetail = components["schemas"]["SourceDetail"];
export type SyncRun = components["schemas"]["SyncRun"];
export type ProbeAnswer = components["schemas"]["SourceProbe"];
export type ProbeInput = components["schemas"]["ProbeSource"];
export type RemovalImpact = components["schemas"]["SourceRemoval"];
export type NewSource = components["schemas"]["CreateSource"];
export type SourceChange = components["schemas"]["UpdateSource"];

const SECOND = 1000;

/** Syncing, or about to be: looked at often until that is over. */
function isBusy(source: Source): boolean {
  return source.state === "syncing" || source.state === "pending" || source.next_sync_at * SECOND <= Date.now();
}

export function useSources() {
  return useQuery({
    queryKey: ["sources", "list"],
    queryFn: () => unwrap(api.GET("/api/sources")),
    refetchInterval: ({ state }) => (state.data?.some(isBusy) === true ? 2 : 30) * SECOND,
  });
}

export function useSource(id: string) {
  return useQuery({
    queryKey: ["sources", "one", id],
    queryFn: () => unwrap(api.GET("/api/sources/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (state.data !== undefined && isBusy(state.data) ? 3 : 60) * SECOND,
  });
}

export function useSyncRuns(id: string) {
  return useInfiniteQuery({
    queryKey: ["sources", "runs", id],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/sources/{id}/runs", {
          params: { path: { id }, query: { limit: 10, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** Counted when the dialog opens, never before: it looks through every token. */
export function useRemovalImpact(id: string, enabled: boolean) {
  return useQuery({
    queryKey: ["sources", "removal", id],
    queryFn: () => unwrap(api.GET("/api/sources/{id}/removal", { params: { path: { id } } })),
    enabled,
    staleTime: 0,
  });
}

/** What a source holds changes what there is to install. */
function useSourcesChanged(): () => void {
  const queryClient = useQueryClient();
  return () => {
    void queryClient.invalidateQueries({ queryKey: ["sources"] });
    void queryClient.invalidateQueries({ queryKey: ["packages"] });
  };
}

export function useSyncNow() {
  const onSuccess = useSourcesChanged();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/api/sources/{id}/sync", { params: { path: { id } }, body: {} })),
    onSuccess,
  });
}

export function useProbe() {
  return useMutation({
    mutationFn: (body: ProbeInput) => unwrap(api.POST("/api/sources/probe", { body })),
  });
}

export function useAddSource() {
  const onSuccess = useSourcesChanged();
  return useMutation({ mutationFn: (body: NewSource) => unwrap(api.POST("/api/sources", { body })), onSuccess });
}

export function useUpdateSource(id: string) {
  const onSuccess = useSourcesChanged();
  return useMutation({
    mutationFn: (body: SourceChange) => unwrap(api.PATCH("/api/sources/{id}", { params: { path: { id } }, body })),
    onSuccess,
  });
}

export function useRemoveSource(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/sources/{id}", { params: { path: { id } } })),
    onSuccess: () => {
      queryClient.removeQueries({ queryKey: ["sources", "one", id] });
      void queryClient.invalidateQueries({ queryKey: ["sources", "list"] });
      void queryClient.invalidateQueries({ queryKey: ["packages"] });
    },
  });
}
