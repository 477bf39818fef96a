import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "../../api/client.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { useInstallFacts } from "../settings/settings.ts";
import { useSources } from "../sources/source-api.ts";
import { ReadyStep } from "./ready-step.tsx";
import type { SetupDraft, SetupStep } from "./setup-draft.ts";
import { SetupFrame } from "./setup-frame.tsx";
import { PutOff } from "./stepper.tsx";
import { SourceStep } from "./source-step.tsx";
import { TokenStep } from "./token-step.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";

const SOURCE_STEP = 1;
const TOKEN_STEP = 2;

/**
 * The steps of somebody who is logged in. Where they stand follows from what the server has, so that another browser
 * goes on at the same place; only what was put off is remembered in this one.
 */
export function SetupSteps({ draft, changeDraft }: { draft: SetupDraft; changeDraft: (change: SetupDraft) => void }) {
  const sources = useSources();
  const tokens = useQuery({
    queryKey: ["management-tokens", "any"],
    queryFn: () => unwrap(api.GET("/api/management-tokens", { params: { query: { limit: 1 } } })),
  });
  const packages = useQuery({
    queryKey: ["packages", "first"],
    queryFn: () => unwrap(api.GET("/api/packages", { params: { query: { limit: 1 } } })),
  });
  const facts = useInstallFacts();
  const serverStep =
    sources.data === undefined || tokens.data === undefined
      ? undefined
      : nextStep(sources.data, tokens.data.length > 0);
  // From here on one goes on by a button, not because a sync ended while one reads how it went.
  useEffect(() => {
    if (draft.step === undefined && serverStep !== undefined) changeDraft({ step: serverStep });
  }, [draft.step, serverStep, changeDraft]);
  const failed = [sources, tokens, facts].find((query) => query.isError);
  if (failed !== undefined) {
    return (
      <SetupFrame step={1} title="Set-up">
        <ErrorNote error={failed.error} onRetry={() => void failed.refetch()} />
      </SetupFrame>
    );
  }
  const step = draft.step ?? serverStep;
  if (sources.data === undefined || step === undefined || facts.data === undefined) return <Loading />;
  const putOff = new Set([
    ...(sources.data.length === 0 ? [SOURCE_STEP] : []),
    ...(tokens.data?.length === 0 ? [TOKEN_STEP] : []),
  ]);
  const prefixes = [...new Set(sources.data.flatMap(({ filters }) => filters))];
  const packageName = packages.data?.[0]?.name;
  return (
    <PutOff value={putOff}>
      {step === "source" && <SourceStep {...{ sources: sources.data, draft, changeDraft }} />}
      {step === "token" && <TokenStep {...{ sources: sources.data, draft, changeDraft }} />}
      {step === "ready" && <ReadyStep facts={facts.data} {...{ prefixes, packageName, changeDraft }} />}
    </PutOff>
  );
}

function nextStep(sources: readonly { versions: number }[], hasToken: boolean): SetupStep {
  if (hasToken) return "ready";
  return sources.some(({ versions }) => versions > 0) ? "token" : "source";
}

function Loading() {
  return (
    <SetupFrame step={1} title="Set-up">
      <div className="flex flex-col gap-5" role="status" aria-label="Loading">
        <Skeleton className="h-14" />
        <Skeleton className="h-14" />
        <Skeleton className="h-32" />
      </div>
    </SetupFrame>
  );
}
