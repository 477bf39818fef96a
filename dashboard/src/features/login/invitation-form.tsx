import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { useSessionChanged } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { NewPasswordField } from "./new-password-field.tsx";

/** Name and password of somebody who was invited; logs in at the end. */
export function InvitationForm({
  secret,
  invitation,
  onAccepted,
}: {
  secret: string;
  invitation: { email: string; name: string };
  onAccepted: () => void;
}) {
  const [name, setName] = useState(invitation.name);
  const [password, setPassword] = useState("");
  const sessionChanged = useSessionChanged();
  const accept = useMutation({
    mutationFn: () => unwrap(api.POST("/api/invitations/accept", { body: { token: secret, name, password } })),
    onSuccess: async () => {
      await sessionChanged();
      onAccepted();
    },
  });
  const problems = formProblems(accept.error, { "/name": "Your name", "/password": "The password" });
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        accept.mutate();
      }}
    >
      <TextField
        label="E-mail address"
        type="email"
        autoComplete="username"
        readOnly
        className="read-only:bg-sunken read-only:text-ink-2"
        value={invitation.email}
      />
      <TextField
        label="Your name"
        name="name"
        autoComplete="name"
        required
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problems.at("/name")}
        hint="Your colleagues see it in the audit log."
      />
      <NewPasswordField value={password} onChange={setPassword} error={problems.at("/password")} />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Button type="submit" kind="primary" busy={accept.isPending}>
        Accept and log in
      </Button>
    </form>
  );
}
