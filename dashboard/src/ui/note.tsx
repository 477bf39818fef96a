import { Info, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

/** Something to know before going on. */
export function Note({ tone = "info", children }: { tone?: "info" | "warn"; children: ReactNode }) {
  const Icon = tone === "warn" ? TriangleAlert : Info;
  return (
    <div
      className={classNames(
        "flex gap-2.5 rounded-lg px-3.5 py-2.5",
        tone === "warn" ? "bg-warn-soft" : "bg-accent-soft",
      )}
    >
      <Icon
        className={classNames("mt-0.5 size-4 shrink-0", tone === "warn" ? "text-warn" : "text-accent-text")}
        aria-hidden="true"
      />
      <div className="min-w-0 flex-1 text-ink">{children}</div>
    </div>
  );
}
