import { Suspense, lazy, useState } from "react";
import { Navigate, useLocation } from "react-router";
import { useSession } from "../api/session.ts";
import { ErrorNote } from "../ui/error-note.tsx";
import { Spinner } from "../ui/button.tsx";
import { AppShell } from "./app-shell.tsx";

const SecondFactorNeeded = lazy(() => import("../features/second-factor/second-factor-needed.tsx"));

/** Everything behind the log-in. On a new installation it leads to the set-up instead. */
export function RequireSession() {
  const session = useSession();
  const { pathname, search } = useLocation();
  // Until its dialog is closed: the recovery codes are shown when the factor is there already.
  const [isSettingUp, setIsSettingUp] = useState(false);
  const loggedIn = session.data?.user === null ? undefined : session.data;
  const isMissing = loggedIn?.second_factor_missing === true;
  if (isMissing && !isSettingUp) setIsSettingUp(true);
  if (session.isPending) return <Waiting />;
  if (session.data === undefined) {
    return (
      <div className="mx-auto max-w-lg p-8">
        <ErrorNote error={session.error} onRetry={() => void session.refetch()} />
      </div>
    );
  }
  if (session.data.user === null) {
    if (session.data.setup_required) return <Navigate to="/setup" replace />;
    const here = pathname + search;
    return (
      <Navigate to={here === "/" ? "/login" : `/login?${new URLSearchParams({ next: here }).toString()}`} replace />
    );
  }
  if (isSettingUp) {
    return (
      <Suspense fallback={<Waiting />}>
        <SecondFactorNeeded onDone={() => setIsSettingUp(false)} />
      </Suspense>
    );
  }
  return <AppShell />;
}

function Waiting() {
  return (
    <div className="flex min-h-dvh items-center justify-center text-ink-3" role="status" aria-label="Loading">
      <Spinner />
    </div>
  );
}
