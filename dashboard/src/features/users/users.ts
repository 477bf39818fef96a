import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type User = components["schemas"]["User"];

/** A link that works once, to hand over where it was not mailed. */
export interface OneTimeLink {
  link: string;
  expires_at: number;
  mailed: boolean;
}

const NOUN = "users";

export function useUsers() {
  return useInfiniteQuery({
    queryKey: [NOUN, "list"],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      unwrapPage(api.GET("/api/users", { params: { query: pageParam === undefined ? {} : { cursor: pageParam } } })),
    getNextPageParam: (page) => page.nextCursor,
  });
}

function useUserMutation<Input, Result>(mutationFn: (input: Input) => Promise<Result>) {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => queryClient.invalidateQueries({ queryKey: [NOUN] }) });
}

export function useInvite() {
  return useUserMutation((body: components["schemas"]["CreateInvitation"]) =>
    unwrap(api.POST("/api/invitations", { body })),
  );
}

export function useChangeRole() {
  return useUserMutation(({ id, role }: { id: string; role: User["role"] }) =>
    unwrap(api.PATCH("/api/users/{id}", { params: { path: { id } }, body: { role } })),
  );
}

export function useResetPassword() {
  return useUserMutation((id: string) =>
    unwrap(api.POST("/api/users/{id}/password-reset", { params: { path: { id } }, body: {} })),
  );
}

export function useResetTotp() {
  return useUserMutation((id: string) => unwrap(api.DELETE("/api/users/{id}/totp", { params: { path: { id } } })));
}

export function useEndSessions() {
  return useUserMutation((id: string) => unwrap(api.DELETE("/api/users/{id}/sessions", { params: { path: { id } } })));
}

export function useRemoveUser() {
  return useUserMutation((id: string) => unwrap(api.DELETE("/api/users/{id}", { params: { path: { id } } })));
}
