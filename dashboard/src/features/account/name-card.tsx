import { useState } from "react";
import type { SubmitEvent } from "react";
import { useUser } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Card, Fact, Facts } from "../../ui/card.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { useToast } from "../../ui/toast.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { roleLabel } from "../users/roles.ts";
import { useRename } from "./account.ts";

const SUBJECTS = { "/name": "The name" };

export function NameCard() {
  const user = useUser();
  const rename = useRename();
  const toast = useToast();
  const [name, setName] = useState(user.name);
  const problems = formProblems(rename.error, SUBJECTS);
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    rename.mutate(name, { onSuccess: () => toast("Your name is changed") });
  };
  return (
    <Card title="You">
      <form onSubmit={save} className="flex max-w-xl flex-col gap-4">
        <Facts>
          <Fact name="E-mail">{user.email}</Fact>
          <Fact name="Role">{roleLabel(user.role)}</Fact>
        </Facts>
        <TextField
          label="Name"
          hint="What other users see, in the audit log for example."
          required
          maxLength={200}
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={problems.at("/name")}
        />
        {problems.rest !== null && <ErrorNote error={problems.rest} />}
        <div>
          <Button
            kind="primary"
            type="submit"
            busy={rename.isPending}
            disabled={name.trim() === user.name || name.trim() === ""}
          >
            Save name
          </Button>
        </div>
      </form>
    </Card>
  );
}
