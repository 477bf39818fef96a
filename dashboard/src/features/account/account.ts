import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, rememberCsrfToken, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Account = components["schemas"]["Account"];
export type Session = components["schemas"]["Session"];

const ACCOUNT = ["account"];
const SESSIONS = ["account", "sessions"];

export function useAccount() {
  return useQuery({ queryKey: ACCOUNT, queryFn: () => unwrap(api.GET("/api/account")) });
}

/** After a change of one's own account: the navigation shows it as well. */
export function useAccountChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ACCOUNT }),
      queryClient.invalidateQueries({ queryKey: ["session"] }),
      queryClient.invalidateQueries({ queryKey: ["users"] }),
    ]);
  };
}

export function useRename() {
  const accountChanged = useAccountChanged();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.PATCH("/api/account", { body: { name } })),
    onSuccess: accountChanged,
  });
}

/** The session goes on with another secret, and so does its proof against forged requests. */
async function renewed<T extends { csrf_token: string }>(call: Promise<T>): Promise<T> {
  const answer = await call;
  rememberCsrfToken(answer.csrf_token);
  return answer;
}

export function useChangePassword() {
  const accountChanged = useAccountChanged();
  return useMutation({
    mutationFn: (body: components["schemas"]["ChangePassword"]) =>
      renewed(unwrap(api.POST("/api/account/password", { body }))),
    onSuccess: accountChanged,
  });
}

export function useStartTotp() {
  return useMutation({
    mutationFn: (currentPassword: string) =>
      unwrap(api.POST("/api/account/totp", { body: { current_password: currentPassword } })),
  });
}

export function useConfirmTotp() {
  const accountChanged = useAccountChanged();
  return useMutation({
    mutationFn: (code: string) => renewed(unwrap(api.POST("/api/account/totp/confirm", { body: { code } }))),
    onSuccess: accountChanged,
  });
}

export function useDisableTotp() {
  const accountChanged = useAccountChanged();
  return useMutation({
    mutationFn: (currentPassword: string) =>
      renewed(unwrap(api.POST("/api/account/totp/disable", { body: { current_password: currentPassword } }))),
    onSuccess: accountChanged,
  });
}

export function useRenewRecoveryCodes() {
  const accountChanged = useAccountChanged();
  return useMutation({
    mutationFn: (currentPassword: string) =>
      unwrap(api.POST("/api/account/recovery-codes", { body: { current_password: currentPassword } })),
    onSuccess: accountChanged,
  });
}

export function useOwnSessions() {
  return useQuery({ queryKey: SESSIONS, queryFn: () => unwrap(api.GET("/api/account/sessions")) });
}

export function useEndSession() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/account/sessions/{id}", { params: { path: { id } } })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: SESSIONS }),
  });
}

export function useEndOtherSessions() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/account/sessions/end-others", { body: {} })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: SESSIONS }),
  });
}
