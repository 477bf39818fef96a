import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, rememberCsrfToken, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { useAccountChanged } from "./account.ts";

export type Passkey = components["schemas"]["Passkey"];

const PASSKEYS = ["account", "passkeys"];

export function usePasskeys() {
  return useQuery({ queryKey: PASSKEYS, queryFn: () => unwrap(api.GET("/api/account/passkeys")) });
}

/** Asks the browser for a new one and keeps it; answers the recovery codes where it is the first second factor. */
export function useAddPasskey() {
  const accountChanged = useAccountChanged();
  return useMutation({
    mutationFn: async (name: string) => {
      const options = await unwrap(api.POST("/api/account/passkeys/options", { body: {} }));
      const { createPasskey } = await import("./webauthn.ts");
      const response = await createPasskey(options);
      const answer = await unwrap(api.POST("/api/account/passkeys", { body: { name, response } }));
      rememberCsrfToken(answer.csrf_token);
      return answer;
    },
    onSuccess: accountChanged,
  });
}

export function useRenamePasskey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ id, name }: { id: string; name: string }) =>
      unwrap(api.PATCH("/api/account/passkeys/{id}", { params: { path: { id } }, body: { name } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: PASSKEYS }),
  });
}

export function useRemovePasskey() {
  const accountChanged = useAccountChanged();
  return useMutation({
    mutationFn: async (id: string) => {
      const answer = await unwrap(api.DELETE("/api/account/passkeys/{id}", { params: { path: { id } } }));
      rememberCsrfToken(answer.csrf_token);
    },
    onSuccess: accountChanged,
  });
}
