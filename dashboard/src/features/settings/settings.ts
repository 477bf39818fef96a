import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";

export type Settings = components["schemas"]["Settings"];
export type SettingsChange = components["schemas"]["UpdateSettings"];

/** What is set for the whole server. */
export function useSettings() {
  return useQuery({ queryKey: ["settings"], queryFn: () => unwrap(api.GET("/api/settings")) });
}

export function useUpdateSettings() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: SettingsChange) => unwrap(api.PATCH("/api/settings", { body })),
    onSuccess: async (settings) => {
      queryClient.setQueryData(["settings"], settings);
      await queryClient.invalidateQueries({ queryKey: ["install"] });
    },
  });
}

/** Where this server is, as the public page tells buyers. */
export function useInstallFacts() {
  return useQuery({
    queryKey: ["install"],
    queryFn: () => unwrap(api.GET("/api/install")),
    staleTime: 5 * 60_000,
  });
}

/** The address that goes into commands; the browser's own until the server has told. */
export function usePublicUrl(): string {
  const facts = useInstallFacts();
  return facts.data?.public_url ?? location.origin;
}

/** The version of the server, which its description of the API carries. */
export function useServerVersion() {
  return useQuery({
    queryKey: ["server-version"],
    staleTime: Infinity,
    queryFn: async () => {
      const response = await fetch("/api/openapi.json", { credentials: "same-origin" });
      const description = (await response.json()) as { info: { version: string } };
      return description.info.version;
    },
  });
}
