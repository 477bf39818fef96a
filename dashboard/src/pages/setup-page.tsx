import { Navigate } from "react-router";
import { useMay, useSession } from "../api/session.ts";
import { Waiting } from "../features/login/after-login.tsx";
import { useSettings } from "../features/settings/settings.ts";
import { OwnerStep } from "../features/setup/owner-step.tsx";
import { useSetupDraft } from "../features/setup/setup-draft.ts";
import type { SetupDraft } from "../features/setup/setup-draft.ts";
import { SetupSteps } from "../features/setup/setup-steps.tsx";
import { PlainPage } from "../layout/plain-page.tsx";
import { ErrorNote } from "../ui/error-note.tsx";

/** The first steps, from nobody to a shop that sells. */
export function Component() {
  const session = useSession();
  const mayFinish = useMay("settings:write");
  const [draft, changeDraft] = useSetupDraft();
  if (session.isPending) return <Waiting />;
  if (session.data === undefined) {
    return (
      <PlainPage title="Set-up">
        <ErrorNote error={session.error} onRetry={() => void session.refetch()} />
      </PlainPage>
    );
  }
  if (session.data.user === null) {
    if (!session.data.setup_required) return <Navigate to="/login?next=%2Fsetup" replace />;
    return <OwnerStep {...{ draft, changeDraft }} />;
  }
  if (!mayFinish) return <Navigate to="/" replace />;
  return <UntilFinished {...{ draft, changeDraft }} />;
}

function UntilFinished(props: { draft: SetupDraft; changeDraft: (change: SetupDraft) => void }) {
  const settings = useSettings();
  if (settings.isPending) return <Waiting />;
  if (settings.data !== undefined && settings.data.setup_finished_at !== null) return <Navigate to="/" replace />;
  return <SetupSteps {...props} />;
}
