import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap, unwrapPage } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { newOnceKey } from "../tokens/tokens.ts";

export type Webhook = components["schemas"]["Webhook"];
export type WebhookWithSecret = components["schemas"]["WebhookWithSecret"];
export type Delivery = components["schemas"]["WebhookDelivery"];
export type DeliveryState = Delivery["state"];
type WebhookChange = components["schemas"]["UpdateWebhook"];

const NOUN = "webhooks";
const AGAIN_SOON_MS = 2_000;
const AGAIN_MS = 20_000;
/** A message that waits longer is not watched. */
const SOON_SECONDS = 60;

export function useWebhooks() {
  return useInfiniteQuery({
    queryKey: [NOUN, "list"],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      unwrapPage(api.GET("/api/webhooks", { params: { query: pageParam === "" ? {} : { cursor: pageParam } } })),
    getNextPageParam: (page) => page.nextCursor,
  });
}

export function useWebhook(id: string) {
  return useQuery({
    queryKey: [NOUN, "one", id],
    queryFn: () => unwrap(api.GET("/api/webhooks/{id}", { params: { path: { id } } })),
    // A receiver may turn it off at any moment.
    refetchInterval: AGAIN_MS,
  });
}

/** What was sent last, and what came of it. */
export function useLastDelivery(id: string) {
  return useQuery({
    queryKey: [NOUN, "last-delivery", id],
    queryFn: async () =>
      (await unwrap(api.GET("/api/webhooks/{id}/deliveries", { params: { path: { id }, query: { limit: 1 } } }))).at(
        0,
      ) ?? null,
  });
}

/** Newest first; looked at again soon while something is on its way. */
export function useDeliveries(id: string, state: DeliveryState | undefined) {
  return useInfiniteQuery({
    queryKey: [NOUN, "deliveries", id, state],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      unwrapPage(
        api.GET("/api/webhooks/{id}/deliveries", {
          params: {
            path: { id },
            query: {
              limit: 20,
              ...(state === undefined ? {} : { state }),
              ...(pageParam === "" ? {} : { cursor: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: ({ state: { data } }) => {
      const soon = Date.now() / 1000 + SOON_SECONDS;
      const isNear = data?.pages.some(({ items }) =>
        items.some(({ next_attempt_at: at }) => at !== null && at <= soon),
      );
      return isNear === true ? AGAIN_SOON_MS : AGAIN_MS;
    },
  });
}

function useChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    const touched = new Set<unknown>([NOUN, "audit-events"]);
    await queryClient.invalidateQueries({ predicate: ({ queryKey }) => touched.has(queryKey[0]) });
  };
}

export interface NewWebhook {
  url: string;
  events: string[];
  description: string;
}

export function useCreateWebhook() {
  const onSuccess = useChanged();
  return useMutation({
    mutationFn: ({ shop, ...body }: NewWebhook & { shop: string | undefined }) =>
      unwrap(api.POST("/api/webhooks", { params: { query: shop === undefined ? {} : { shop } }, body })),
    onSuccess,
  });
}

export function useChangeWebhook(id: string) {
  const onSuccess = useChanged();
  return useMutation({
    mutationFn: (body: WebhookChange) => unwrap(api.PATCH("/api/webhooks/{id}", { params: { path: { id } }, body })),
    onSuccess,
  });
}

/** Its own page is still there and must not ask for what is gone; the list is read anew by who goes there. */
export function useRemoveWebhook() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE("/api/webhooks/{id}", { params: { path: { id } } })),
    onSuccess: () => queryClient.removeQueries({ queryKey: [NOUN, "list"] }),
  });
}

/** Named, so that an answer that was lost on its way can be asked for again. */
export function useRotateWebhookSecret(id: string) {
  const onSuccess = useChanged();
  return useMutation({
    mutationFn: ({ overlapSeconds, onceKey }: { overlapSeconds: number; onceKey: string }) =>
      unwrap(
        api.POST("/api/webhooks/{id}/rotate-secret", {
          params: { path: { id }, header: { "idempotency-key": onceKey } as never },
          body: { overlap_seconds: overlapSeconds },
        }),
      ),
    onSuccess,
  });
}

export function useTestWebhook(id: string) {
  const onSuccess = useChanged();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/api/webhooks/{id}/test", {
          params: { path: { id }, header: { "idempotency-key": newOnceKey() } as never },
          body: {},
        }),
      ),
    onSuccess,
  });
}

export function useReplayDelivery(id: string) {
  const onSuccess = useChanged();
  return useMutation({
    mutationFn: (delivery: string) =>
      unwrap(
        api.POST("/api/webhooks/{id}/deliveries/{delivery}/replay", {
          params: { path: { id, delivery }, header: { "idempotency-key": newOnceKey() } as never },
          body: {},
        }),
      ),
    onSuccess,
  });
}

/** What a person would call it. */
export function nameOfWebhook({ description, url }: Pick<Webhook, "description" | "url">): string {
  return description.trim() === "" ? hostOf(url) : description;
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
