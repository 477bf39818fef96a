import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { useSessionChanged } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { CodeBlock } from "../../ui/code-block.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { NewPasswordField } from "../login/new-password-field.tsx";
import { useLinkSecret } from "../login/use-link-secret.ts";
import type { SetupDraft } from "./setup-draft.ts";
import { SetupFrame, StepActions } from "./setup-frame.tsx";

interface StepProps {
  draft: SetupDraft;
  changeDraft: (change: SetupDraft) => void;
}

/** The first account; only whoever can read what the server prints gets here. */
export function OwnerStep({ draft, changeDraft }: StepProps) {
  const { secret, forget } = useLinkSecret("setup");
  if (secret === undefined) return <WhereTheLinkIs />;
  return <OwnerForm key={secret} {...{ secret, draft, changeDraft }} onUsed={forget} />;
}

function OwnerForm({ secret, draft, changeDraft, onUsed }: StepProps & { secret: string; onUsed: () => void }) {
  const [password, setPassword] = useState("");
  const { email = "", name = "" } = draft;
  const sessionChanged = useSessionChanged();
  const create = useMutation({
    mutationFn: () => unwrap(api.POST("/api/setup", { body: { token: secret, email, name, password } })),
    onSuccess: async () => {
      await sessionChanged();
      onUsed();
    },
  });
  const problems = formProblems(create.error, {
    ...{ "/email": "The e-mail address", "/name": "Your name", "/password": "The password" },
  });
  const linkProblem =
    create.error instanceof ApiError && create.error.code.startsWith("link.") ? create.error.message : undefined;
  return (
    <SetupFrame
      step={0}
      title="Make the owner account"
      description="It may do everything here, and invites everybody else. There is no default password anywhere."
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <TextField
          label="E-mail address"
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => changeDraft({ email: event.target.value })}
          error={problems.at("/email")}
        />
        <TextField
          label="Your name"
          name="name"
          autoComplete="name"
          required
          maxLength={200}
          value={name}
          onChange={(event) => changeDraft({ name: event.target.value })}
          error={problems.at("/name")}
        />
        <NewPasswordField value={password} onChange={setPassword} error={problems.at("/password")} />
        {linkProblem !== undefined && <ErrorNote error={new Error(linkProblem)} />}
        {linkProblem === undefined && problems.rest !== null && <ErrorNote error={problems.rest} />}
        <StepActions>
          <Button type="submit" kind="primary" busy={create.isPending}>
            Create the account
          </Button>
        </StepActions>
      </form>
    </SetupFrame>
  );
}

function WhereTheLinkIs() {
  return (
    <SetupFrame
      step={0}
      title="Open the set-up link"
      description="This server has no owner yet. So that nobody else becomes it, the first account is made with a link that only the server knows."
    >
      <p>
        The server prints the link when it starts, in its terminal or log. It ends in <code>/setup#</code> and a secret,
        works once, and for 24 hours. A restart prints a new one:
      </p>
      <CodeBlock title="Start the server" code="script/server" label="Copy command" />
      <p>Or make the account on the server itself, and log in afterwards:</p>
      <CodeBlock
        title="Without the link"
        code={"script/broker user create --role owner \\\n  --email you@example.com --name 'Your Name'"}
        label="Copy command"
      />
    </SetupFrame>
  );
}
