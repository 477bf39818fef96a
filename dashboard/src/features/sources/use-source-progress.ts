import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { components } from "../../api/generated/schema.d.ts";

export type SourceProgress = components["schemas"]["SourceProgress"];

/**
 * A source as its sync goes on, live; undefined until the first word of it. The browser connects again by itself. What
 * else the page shows of the source is read anew when a sync begins or ends.
 */
export function useSourceProgress(id: string): SourceProgress | undefined {
  const queryClient = useQueryClient();
  const [heard, setHeard] = useState<{ id: string; progress: SourceProgress }>();
  useEffect(() => {
    const events = new EventSource(`/api/sources/${encodeURIComponent(id)}/progress`);
    let before: SourceProgress | undefined;
    events.addEventListener("source", (event: MessageEvent<string>) => {
      const progress = JSON.parse(event.data) as SourceProgress;
      setHeard({ id, progress });
      if (before !== undefined && whatChanged(before) !== whatChanged(progress)) {
        void queryClient.invalidateQueries({ queryKey: ["sources"] });
        void queryClient.invalidateQueries({ queryKey: ["packages"] });
      }
      before = progress;
    });
    // Refused for good: better no word than an old one.
    events.addEventListener("error", () => {
      if (events.readyState === EventSource.CLOSED) setHeard(undefined);
    });
    return () => events.close();
  }, [id, queryClient]);
  return heard?.id === id ? heard.progress : undefined;
}

function whatChanged({ state, run_id, finished_at }: SourceProgress): string {
  return [state, run_id, finished_at].join(" ");
}
