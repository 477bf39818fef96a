import { useState } from "react";
import type { SubmitEvent } from "react";
import { useUser } from "../../api/session.ts";
import type { Role } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Choices } from "../../ui/choices.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import type { ShownLink } from "./link-dialog.tsx";
import { rolesFor } from "./roles.ts";
import { useInvite } from "./users.ts";

const SUBJECTS = { "/email": "This", "/name": "The name" };

export function InviteDialog({ onClose, onInvited }: { onClose: () => void; onInvited: (link: ShownLink) => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title="Invite a user"
      description="They get a link, choose a password, and are in. It works once, within 7 days."
    >
      <InviteForm onClose={onClose} onInvited={onInvited} />
    </Dialog>
  );
}

function InviteForm({ onClose, onInvited }: { onClose: () => void; onInvited: (link: ShownLink) => void }) {
  const own = useUser();
  const invite = useInvite();
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("support");
  const problems = formProblems(invite.error, SUBJECTS);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const body = { email, role, ...(name.trim() === "" ? {} : { name }) };
    invite.mutate(body, {
      onSuccess: ({ link, expires_at, mailed, user }) => {
        onInvited({ kind: "invitation", email: user.email, link, expires_at, mailed });
      },
    });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="E-mail"
        type="email"
        required
        autoFocus
        autoComplete="off"
        placeholder="jane@example.com"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        error={problems.at("/email")}
      />
      <TextField
        label="Name"
        optional
        autoComplete="off"
        maxLength={200}
        placeholder="Jane Doe"
        value={name}
        onChange={(event) => setName(event.target.value)}
        error={problems.at("/name")}
      />
      <RoleChoices own={own.role} value={role} onChange={setRole} />
      {problems.rest !== null && <ErrorNote error={problems.rest} />}
      <Actions>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" busy={invite.isPending}>
          Invite
        </Button>
      </Actions>
    </form>
  );
}

/** The roles that somebody may give, each with its sentence. */
export function RoleChoices({ own, value, onChange }: { own: Role; value: Role; onChange: (role: Role) => void }) {
  return (
    <Choices
      legend="Role"
      choices={rolesFor(own).map(({ role, label, allows }) => ({ value: role, label, hint: allows }))}
      value={value}
      onChange={onChange}
    />
  );
}
