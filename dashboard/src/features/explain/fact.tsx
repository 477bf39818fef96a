import { Check, Minus, TriangleAlert, X } from "lucide-react";
import type { ReactNode } from "react";

/** Of a link in a sentence. */
export const LINK = "text-accent-text underline decoration-line-strong underline-offset-3 hover:decoration-current";

type Sign = "good" | "bad" | "warn" | "none";

/** How it stands with a fact; said, too. */
export const SIGNS: Record<Sign, ReactNode> = {
  good: <Check className="size-4 text-good" aria-label="In order:" role="img" />,
  bad: <X className="size-4 text-bad" aria-label="In the way:" role="img" />,
  warn: <TriangleAlert className="size-4 text-warn" aria-label="Take care:" role="img" />,
  none: <Minus className="size-4 text-ink-3" aria-label="Of no account:" role="img" />,
};

/** One thing the answer rests on. */
export function Fact({ sign, name, children }: { sign: Sign; name: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-3 gap-y-0.5 px-5 py-3 sm:grid-cols-[8.5rem_1fr]">
      <dt className="grid grid-cols-[1rem_1fr] gap-x-3 text-ink-3">
        <span className="pt-0.5">{SIGNS[sign]}</span>
        {name}
      </dt>
      <dd className="min-w-0 wrap-anywhere max-sm:pl-7">{children}</dd>
    </div>
  );
}
