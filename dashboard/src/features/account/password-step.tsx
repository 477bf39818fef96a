import { useState } from "react";
import type { SubmitEvent } from "react";
import { useUser } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Actions } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import { formProblems } from "../../ui/form-problems.ts";

const SUBJECTS = { "/current_password": "This" };

/** Asks for the password again, because it is about more than this session. */
export function PasswordStep({
  action,
  danger = false,
  busy,
  error,
  onSubmit,
  onCancel,
}: {
  /** What the button does. */
  action: string;
  danger?: boolean;
  busy: boolean;
  error: unknown;
  onSubmit: (password: string) => void;
  onCancel: () => void;
}) {
  const user = useUser();
  const [password, setPassword] = useState("");
  const problems = formProblems(error, SUBJECTS);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSubmit(password);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
      <PasswordField
        label="Your password"
        autoComplete="current-password"
        required
        autoFocus
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={problems.at("/current_password")}
      />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button onClick={onCancel}>Cancel</Button>
        <Button kind={danger ? "danger" : "primary"} type="submit" busy={busy} disabled={password === ""}>
          {action}
        </Button>
      </Actions>
    </form>
  );
}
