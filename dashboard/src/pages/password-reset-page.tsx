import { useState } from "react";
import { NewPasswordForm } from "../features/login/new-password-form.tsx";
import { RequestResetForm } from "../features/login/request-reset-form.tsx";
import { useLinkSecret } from "../features/login/use-link-secret.ts";
import { PlainPage } from "../layout/plain-page.tsx";
import { ButtonLink } from "../ui/button.tsx";

/** With the link from the mail: a new password. Without: the way to such a link. */
export function Component() {
  const { secret, forget } = useLinkSecret("password-reset");
  const [done, setDone] = useState(false);
  if (done) {
    return (
      <PlainPage
        title="The password is changed"
        description="You are logged out everywhere. Log in with the new password to go on."
      >
        <ButtonLink to="/login" kind="primary" className="w-full">
          Log in
        </ButtonLink>
      </PlainPage>
    );
  }
  if (secret === undefined) {
    return (
      <PlainPage
        title="Forgotten your password?"
        description="Give the e-mail address you log in with. You get a link to choose a new password; it works once, within an hour."
      >
        <RequestResetForm />
      </PlainPage>
    );
  }
  return (
    <PlainPage title="Choose a new password" description="It ends every session of yours, on all devices.">
      <NewPasswordForm
        key={secret}
        secret={secret}
        onAskAgain={forget}
        onDone={() => {
          setDone(true);
          forget();
        }}
      />
    </PlainPage>
  );
}
