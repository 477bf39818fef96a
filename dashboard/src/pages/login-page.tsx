import { Navigate, useSearchParams } from "react-router";
import { useSession } from "../api/session.ts";
import { AfterLogin } from "../features/login/after-login.tsx";
import { LoginForm } from "../features/login/login-form.tsx";
import { safeNextPath } from "../features/login/safe-next-path.ts";
import { PlainPage } from "../layout/plain-page.tsx";
import { WithoutKeyNote } from "../layout/without-key-note.tsx";

export function Component() {
  const session = useSession();
  const [params] = useSearchParams();
  const next = safeNextPath(params.get("next"));
  if (session.data !== undefined) {
    if (session.data.user !== null) return <AfterLogin next={next} />;
    if (session.data.setup_required) return <Navigate to="/setup" replace />;
  }
  return (
    <PlainPage title="Log in" {...(next === "/" ? {} : { description: "To see the page you asked for." })}>
      <WithoutKeyNote className="mb-5" />
      <LoginForm />
    </PlainPage>
  );
}
