import { useMutation } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import type { SubmitEvent } from "react";
import { api, rememberCsrfToken, unwrap } from "../../api/client.ts";
import type { components } from "../../api/generated/schema.d.ts";
import { useUser } from "../../api/session.ts";
import { Button } from "../../ui/button.tsx";
import { Actions, Dialog } from "../../ui/dialog.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { formProblems } from "../../ui/form-problems.ts";
import { PasswordField } from "../../ui/password-field.tsx";
import { hasPasskeys } from "../login/passkey-button.tsx";

const SUBJECTS = { "/password": "This", "/code": "The code", "/passkey": "The passkey" };

function useStepUp(onConfirmed: () => void) {
  return useMutation({
    mutationFn: async (proof: components["schemas"]["StepUp"] | "passkey") => {
      const body = proof === "passkey" ? { passkey: await signForStepUp() } : proof;
      return await unwrap(api.POST("/api/session/step-up", { body }));
    },
    onSuccess: ({ csrf_token }) => {
      rememberCsrfToken(csrf_token);
      onConfirmed();
    },
  });
}

async function signForStepUp() {
  const options = await unwrap(api.POST("/api/session/step-up/passkey-options", { body: {} }));
  const { signWithPasskey } = await import("../account/webauthn.ts");
  return await signWithPasskey(options);
}

/** Password, code or passkey, before something that a session alone must not do. What was begun goes on afterwards. */
export default function StepUpDialog({ onDone }: { onDone: (confirmed: boolean) => void }) {
  const user = useUser();
  const [kind, setKind] = useState<"password" | "code">("password");
  const [text, setText] = useState("");
  const stepUp = useStepUp(() => onDone(true));
  const problems = formProblems(stepUp.error, SUBJECTS);
  const passkeyProblem = problems.at("/passkey");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    stepUp.mutate(kind === "password" ? { password: text } : { code: text.replaceAll(/\s/g, "") });
  };
  const change = (next: typeof kind) => {
    setKind(next);
    setText("");
    stepUp.reset();
  };
  return (
    <Dialog
      open
      onClose={() => onDone(false)}
      title="Confirm that it is you"
      description="For what you are about to do, your session alone is not enough. You are not asked again for ten minutes, and nothing that you typed is lost."
    >
      <form onSubmit={submit} className="flex flex-col gap-4">
        <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
        {kind === "password" ? (
          <PasswordField
            key={kind}
            label="Your password"
            autoComplete="current-password"
            required
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={problems.at("/password")}
          />
        ) : (
          <TextField
            key={kind}
            label="Code"
            hint="Of your authenticator app, or a recovery code."
            mono
            required
            autoFocus
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            maxLength={40}
            value={text}
            onChange={(event) => setText(event.target.value)}
            error={problems.at("/code")}
          />
        )}
        {passkeyProblem !== undefined && <ErrorNote error={new Error(passkeyProblem)} />}
        {problems.rest !== null && <ErrorNote error={problems.rest} />}
        {(user.totp_enabled || user.passkeys > 0) && (
          <button
            type="button"
            className="self-start text-accent-text hover:underline"
            onClick={() => change(kind === "password" ? "code" : "password")}
          >
            {kind === "password" ? "Use a code instead" : "Use the password instead"}
          </button>
        )}
        <Actions>
          <Button onClick={() => onDone(false)}>Cancel</Button>
          {user.passkeys > 0 && hasPasskeys() && (
            <Button icon={<KeyRound className="size-4" />} onClick={() => stepUp.mutate("passkey")}>
              Use a passkey
            </Button>
          )}
          <Button kind="primary" type="submit" busy={stepUp.isPending} disabled={text.trim() === ""}>
            Confirm
          </Button>
        </Actions>
      </form>
    </Dialog>
  );
}
