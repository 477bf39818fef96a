import { Button } from "../../ui/button.tsx";
import type { Source } from "../sources/source-api.ts";
import { SourceForm } from "../sources/source-form.tsx";
import type { SourceDraft } from "../sources/source-form.tsx";
import { FirstSync } from "./first-sync.tsx";
import type { SetupDraft } from "./setup-draft.ts";
import { SetupFrame, StepActions } from "./setup-frame.tsx";

/** Where the packages come from: the form, and once there is a source, how its first sync goes. */
export function SourceStep({
  sources,
  draft,
  changeDraft,
}: {
  sources: readonly Source[];
  draft: SetupDraft;
  changeDraft: (change: SetupDraft) => void;
}) {
  const goOn = () => changeDraft({ step: "token" });
  if (sources.length === 0) {
    return (
      <SetupFrame
        step={1}
        title="Add your first source"
        description="The git repository of a package you sell. Every tag becomes a version that your customers can install; later tags follow by themselves."
      >
        <SourceForm
          draft={sourceOf(draft)}
          onDraft={(change) => changeDraft(keptOf({ ...sourceOf(draft), ...change }))}
          otherAction={<LaterButton onClick={goOn} />}
        />
      </SetupFrame>
    );
  }
  return (
    <SetupFrame
      step={1}
      title="Your first source"
      description="It is read once now, and looked at about every 15 minutes from then on."
    >
      {sources.map((source) => (
        <FirstSync key={source.id} source={source} />
      ))}
      <StepActions>
        <Button kind="primary" onClick={goOn}>
          Continue
        </Button>
      </StepActions>
    </SetupFrame>
  );
}

function sourceOf(draft: SetupDraft): SourceDraft {
  const { sourceUrl = "", sourceUsername = "", sourceFilters = [], sourceBranches = "default" } = draft;
  return { url: sourceUrl, username: sourceUsername, filters: sourceFilters, branches: sourceBranches };
}

function keptOf({ url, username, filters, branches }: SourceDraft): SetupDraft {
  return { sourceUrl: url, sourceUsername: username, sourceFilters: filters, sourceBranches: branches };
}

export function LaterButton({ onClick }: { onClick: () => void }) {
  return (
    <Button kind="quiet" onClick={onClick}>
      Do this later
    </Button>
  );
}
