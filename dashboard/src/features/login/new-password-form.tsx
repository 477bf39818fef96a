import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { NewPasswordField } from "./new-password-field.tsx";

/** What a link that came by mail is for. */
export function NewPasswordForm({
  secret,
  onDone,
  onAskAgain,
}: {
  secret: string;
  onDone: () => void;
  onAskAgain: () => void;
}) {
  const [password, setPassword] = useState("");
  const complete = useMutation({
    mutationFn: () => unwrap(api.POST("/api/password-resets/complete", { body: { token: secret, password } })),
    onSuccess: onDone,
  });
  const problems = formProblems(complete.error, { "/password": "The password" });
  if (complete.error instanceof ApiError && complete.error.code.startsWith("link.")) {
    return (
      <div className="flex flex-col gap-5">
        <ErrorNote error={new Error(complete.error.message)} />
        <p className="text-ink-2">A link works once and for an hour, and only the newest one does.</p>
        <Button kind="primary" onClick={onAskAgain}>
          Ask for a new link
        </Button>
      </div>
    );
  }
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        complete.mutate();
      }}
    >
      <NewPasswordField label="New password" value={password} onChange={setPassword} error={problems.at("/password")} />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Button type="submit" kind="primary" busy={complete.isPending}>
        Change the password
      </Button>
    </form>
  );
}
