import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";

export type Tone = "neutral" | "good" | "warn" | "bad" | "accent";

const TONES: Record<Tone, string> = {
  neutral: "bg-sunken text-ink-2",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  accent: "bg-accent-soft text-accent-text",
};

/** A state in a word. The colour repeats what the word says, and never says it alone. */
export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span
      className={classNames(
        "inline-flex h-5.5 items-center rounded-md px-1.5 text-[0.9rem] font-medium whitespace-nowrap",
        TONES[tone],
      )}
    >
      {children}
    </span>
  );
}

const STATE_TONES: Record<string, Tone> = {
  active: "good",
  succeeded: "good",
  syncing: "accent",
  pending: "neutral",
  invited: "neutral",
  suspended: "warn",
  expired: "warn",
  lapsed: "warn",
  failing: "bad",
  failed: "bad",
  revoked: "bad",
};

/** The states the API names, each in its colour everywhere. */
export function StateBadge({ state }: { state: string }) {
  return <Badge tone={STATE_TONES[state] ?? "neutral"}>{state.charAt(0).toUpperCase() + state.slice(1)}</Badge>;
}
