import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type ManagementToken = components["schemas"]["ManagementToken"];
export type NewManagementToken = components["schemas"]["CreateManagementToken"];
export type CreatedManagementToken = components["schemas"]["CreatedManagementToken"];

const NOUN = "management-tokens";

export function useManagementTokens() {
  return useInfiniteQuery({
    queryKey: [NOUN, "list"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/management-tokens", {
          params: { query: pageParam === undefined ? {} : { cursor: pageParam } },
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function useManagementToken(id: string) {
  return useQuery({
    queryKey: [NOUN, "detail", id],
    queryFn: () => unwrap(api.GET("/api/management-tokens/{id}", { params: { path: { id } } })),
  });
}

export function useCreateManagementToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: NewManagementToken) => unwrap(api.POST("/api/management-tokens", { body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [NOUN] }),
  });
}

export function useUpdateManagementToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: components["schemas"]["UpdateManagementToken"] }) =>
      unwrap(api.PATCH("/api/management-tokens/{id}", { params: { path: { id } }, body })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [NOUN] }),
  });
}

export function useRotateManagementToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, overlapSeconds }: { id: string; overlapSeconds: number }) =>
      unwrap(
        api.POST("/api/management-tokens/{id}/rotate", {
          params: { path: { id } },
          body: { overlap_seconds: overlapSeconds },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [NOUN] }),
  });
}

export function useRevokeManagementToken() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/management-tokens/{id}", { params: { path: { id } } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [NOUN] }),
  });
}
