import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import type { Tone } from "../../ui/badge.tsx";

export type Mail = components["schemas"]["CustomerMail"];
export type MailSetup = components["schemas"]["MailSetup"];
export type MailKind = Mail["kind"];
export type MailState = Mail["state"];

/** Whose mails; nothing of it: everybody's. */
export interface MailFilter {
  token_id?: string;
  customer_id?: string;
  shop?: string;
  state?: MailState;
}

/** Every kind, as people call it. */
export const KINDS: readonly { kind: MailKind; name: string; when: string }[] = [
  { kind: "ready", name: "Token ready", when: "A token was made or got a new secret. The secret is in it." },
  { kind: "renewed", name: "Renewed", when: "The expiry of a token moved later." },
  { kind: "expiring", name: "Ends soon", when: "Some days before a token expires." },
  { kind: "revoked", name: "Revoked", when: "A token was revoked, if its customer was told of it." },
  { kind: "leaked", name: "Found in public", when: "A secret of a token was reported as leaked, and what was done." },
];

export const STATES: readonly { state: MailState; label: string; tone: Tone }[] = [
  { state: "pending", label: "Waiting", tone: "neutral" },
  { state: "sent", label: "Sent", tone: "good" },
  { state: "failed", label: "Failed", tone: "bad" },
  { state: "cancelled", label: "Cancelled", tone: "neutral" },
];

export function kindName(kind: MailKind): string {
  return KINDS.find((one) => one.kind === kind)?.name ?? kind;
}

export function useMails(filter: MailFilter, pageSize: number) {
  return useInfiniteQuery({
    queryKey: ["mails", "list", filter, pageSize],
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/mails", {
          params: { query: { ...filter, limit: pageSize, ...(pageParam === "" ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function useRetryMail() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST("/api/mails/{id}/retry", { params: { path: { id } }, body: {} })),
    onSettled: () =>
      Promise.all(["mails", "customers"].map((part) => queryClient.invalidateQueries({ queryKey: [part] }))),
  });
}

export function useMailSetup() {
  return useQuery({ queryKey: ["mail-setup"], queryFn: () => unwrap(api.GET("/api/mail-templates")) });
}

export function useMailPreview(kind: MailKind) {
  return useQuery({
    queryKey: ["mail-preview", kind],
    queryFn: () => unwrap(api.GET("/api/mail-templates/{kind}/preview", { params: { path: { kind } } })),
  });
}

/** What the mail server said; throws only where it was not asked. */
export async function sendTestMail(kind: MailKind, to: string) {
  return await unwrap(api.POST("/api/mail-templates/{kind}/test", { params: { path: { kind } }, body: { to } }));
}
