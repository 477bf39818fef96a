import { TriangleAlert } from "lucide-react";
import { Time } from "../../ui/time.tsx";
import type { TokenWithUsage } from "./tokens.ts";

type Leak = TokenWithUsage["leaks"][number];

const WHAT_WAS_DONE: Record<Leak["outcome"], string> = {
  revoked: "It was revoked for good. What was bought stays: give its buyer a new token.",
  secret_ended: "It was a secret that had been replaced, and it ended. The token goes on with its new one.",
  told: "Its buyer was mailed, and it still works: rotate it.",
  noted: "Nothing was done.",
};

/** That secrets of a token were reported as found in public: where, when, and what was done. */
export function LeakNotes({ leaks }: { leaks: readonly Leak[] }) {
  return leaks.map((leak) => (
    <section
      key={`${leak.last_four} ${leak.reported_at}`}
      aria-label="Found in public"
      className="flex gap-3 rounded-xl bg-bad-soft px-5 py-4"
    >
      <TriangleAlert className="mt-0.5 size-5 shrink-0 text-bad" aria-hidden="true" />
      <div className="min-w-0">
        <h2 className="text-[1.07rem] font-semibold">
          The secret that ends in {leak.last_four} was reported as leaked, <Time at={leak.reported_at} />
        </h2>
        <p className="text-ink-2">{WHAT_WAS_DONE[leak.outcome]}</p>
        {(leak.url !== null || leak.source !== null) && (
          <p className="[overflow-wrap:anywhere] text-ink-2">
            Found in: {leak.url ?? "a place that was not named"}
            {leak.source !== null && ` (${leak.source})`}
          </p>
        )}
      </div>
    </section>
  ));
}
