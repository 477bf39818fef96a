import { useState } from "react";
import type { SubmitEvent } from "react";
import { useUser } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { NewPasswordField } from "../login/new-password-field.tsx";
import { useChangePassword } from "./account.ts";

const SUBJECTS = { "/current_password": "This", "/new_password": "The new password" };

export function PasswordCard() {
  const user = useUser();
  const change = useChangePassword();
  const toast = useToast();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const problems = formProblems(change.error, SUBJECTS);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          setCurrent("");
          setNext("");
          toast("Your password is changed");
        },
      },
    );
  };
  return (
    <Card title="Password" description="Changing it ends all your other sessions.">
      <form onSubmit={save} className="flex max-w-xl flex-col gap-4">
        {/* So that password managers know whose it is. */}
        <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
        <PasswordField
          label="Current password"
          name="current-password"
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
          error={problems.at("/current_password")}
        />
        <NewPasswordField label="New password" value={next} onChange={setNext} error={problems.at("/new_password")} />
        {problems.rest !== null && <ErrorNote error={problems.rest} />}
        <div>
          <Button kind="primary" type="submit" busy={change.isPending} disabled={current === "" || next === ""}>
            Change password
          </Button>
        </div>
      </form>
    </Card>
  );
}
