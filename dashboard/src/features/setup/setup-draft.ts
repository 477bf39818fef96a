import { useCallback, useState } from "react";
import type { BranchChoice } from "../sources/branches.ts";

/** What was typed and not sent yet, and how far one is; never a password. Kept for the tab, so that a reload loses nothing. */
export interface SetupDraft {
  /** Chosen by "Continue" and "Do this later"; without it the server's state decides. */
  step?: SetupStep;
  email?: string;
  name?: string;
  sourceUrl?: string;
  sourceUsername?: string;
  sourceFilters?: string[];
  sourceBranches?: BranchChoice;
  tokenName?: string;
  tokenBound?: string[];
}

export type SetupStep = "source" | "token" | "ready";

const KEY = "setup-draft";

export function useSetupDraft(): [SetupDraft, (change: SetupDraft) => void] {
  const [draft, setDraft] = useState<SetupDraft>(() => JSON.parse(sessionStorage.getItem(KEY) ?? "{}") as SetupDraft);
  const change = useCallback(
    (given: SetupDraft) =>
      setDraft((before) => {
        const after = { ...before, ...given };
        sessionStorage.setItem(KEY, JSON.stringify(after));
        return after;
      }),
    [],
  );
  return [draft, change];
}

export function forgetSetupDraft(): void {
  sessionStorage.removeItem(KEY);
}
