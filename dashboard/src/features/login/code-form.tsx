import { useState } from "react";
import { ApiError } from "../../api/errors.ts";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { PasskeyButton, hasPasskeys } from "./passkey-button.tsx";
import { loginProblem, useLogIn } from "./use-log-in.ts";
import type { Credentials } from "./use-log-in.ts";

const WORDS = {
  authenticator: {
    label: "Code from your authenticator",
    hint: "The six digits that your authenticator app shows now.",
    wrong: "This code is not right, or was used already. Wait for the next one that the app shows, and try that.",
    other: "Use a recovery code instead",
  },
  recovery: {
    label: "Recovery code",
    hint: "One of the codes you kept when you set up two-factor authentication. Each works once.",
    wrong: "This recovery code is not right, or was used already. Try another one of your list.",
    other: "Use the authenticator instead",
  },
};

/** The second step: what the authenticator shows, or a code from the drawer. */
export function CodeForm({
  credentials,
  hasAuthenticator,
  onBack,
}: {
  credentials: Credentials;
  /** False where the second factor is a passkey. */
  hasAuthenticator: boolean;
  onBack: () => void;
}) {
  const [kind, setKind] = useState<keyof typeof WORDS>(hasAuthenticator ? "authenticator" : "recovery");
  const [code, setCode] = useState("");
  const logIn = useLogIn();
  const words = WORDS[kind];
  const isWrong = logIn.error instanceof ApiError && logIn.error.field("/code") !== undefined;
  const change = (next: string) => {
    setCode(next);
    logIn.reset();
  };
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        logIn.mutate({ ...credentials, code: code.replaceAll(/\s/g, "") });
      }}
    >
      <TextField
        key={kind}
        label={words.label}
        hint={words.hint}
        error={isWrong ? words.wrong : undefined}
        name={kind === "authenticator" ? "code" : "recovery-code"}
        autoComplete={kind === "authenticator" ? "one-time-code" : "off"}
        {...(kind === "authenticator" ? { inputMode: "numeric" as const, maxLength: 9 } : { maxLength: 40 })}
        spellCheck={false}
        autoCapitalize="none"
        mono
        required
        autoFocus
        value={code}
        onChange={(event) => change(event.target.value)}
      />
      {logIn.error !== null && !isWrong && <ErrorNote error={loginProblem(logIn.error)} />}
      <Button type="submit" kind="primary" busy={logIn.isPending}>
        Log in
      </Button>
      {hasPasskeys() && <PasskeyButton />}
      <div className="flex flex-wrap justify-between gap-x-4 gap-y-2">
        {hasAuthenticator && (
          <button
            type="button"
            className="text-accent-text hover:underline"
            onClick={() => {
              setKind(kind === "authenticator" ? "recovery" : "authenticator");
              change("");
            }}
          >
            {words.other}
          </button>
        )}
        <button type="button" className="text-ink-2 hover:underline" onClick={onBack}>
          Back
        </button>
      </div>
    </form>
  );
}
