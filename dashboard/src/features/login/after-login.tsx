import { Navigate } from "react-router";
import { useMay } from "../../api/session.ts";
import { Spinner } from "../../ui/button.tsx";
import { useSettings } from "../settings/settings.ts";

/**
 * Where somebody goes who is logged in: to the address that was asked for, or to the first steps where they were
 * begun and not finished.
 */
export function AfterLogin({ next }: { next: string }) {
  const maySetUp = useMay("settings:write");
  return next === "/" && maySetUp ? <HomeOrSetup /> : <Navigate to={next} replace />;
}

function HomeOrSetup() {
  const settings = useSettings();
  if (settings.isPending) return <Waiting />;
  return <Navigate to={settings.data?.setup_finished_at === null ? "/setup" : "/"} replace />;
}

export function Waiting() {
  return (
    <div className="flex min-h-dvh items-center justify-center text-ink-3" role="status" aria-label="Loading">
      <Spinner />
    </div>
  );
}
