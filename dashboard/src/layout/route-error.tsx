import { useRouteError } from "react-router";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { PlainPage } from "./plain-page.tsx";

/** A page that broke, or whose file is gone because the server was updated meanwhile. */
export function RouteError() {
  const error = useRouteError();
  return (
    <PlainPage
      title="This page could not be shown"
      description="If the server was updated a moment ago, loading the page again is enough."
    >
      <ErrorNote error={error} />
      <Button kind="primary" className="mt-5" onClick={() => location.reload()}>
        Load the page again
      </Button>
    </PlainPage>
  );
}
