import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { useMay } from "../../api/session.ts";

export type AttentionEntry = components["schemas"]["AttentionEntry"];

/** What nobody dismissed yet, what happened last first. */
export function useAttention(shop: string | undefined, limit: number) {
  const mayRead = useMay("tokens:read");
  return useQuery({
    queryKey: ["attention", shop, limit],
    queryFn: () => {
      const query = { limit: String(limit), ...(shop === undefined ? {} : { shop }) };
      return unwrap(api.GET("/api/attention", { params: { query: query as never } }));
    },
    enabled: mayRead,
    staleTime: 30_000,
  });
}

const ANSWERS = { dismiss: "/api/attention/{id}/dismiss", confirm: "/api/attention/{id}/confirm" } as const;

/** Settles an entry: says that there is nothing to do any more, or yes to what it asks. */
export function useAnswerAttention(answer: keyof typeof ANSWERS) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST(ANSWERS[answer], { params: { path: { id } }, body: {} })),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["attention"] });
      await queryClient.invalidateQueries({ queryKey: ["audit-events"] });
      if (answer === "confirm") await queryClient.invalidateQueries({ queryKey: ["tokens"] });
    },
  });
}
