import { useState } from "react";
import { Link } from "react-router";
import { Button } from "../../ui/button.tsx";
import { ErrorNote } from "../../ui/error-note.tsx";
import { TextField } from "../../ui/field.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import { CodeForm } from "./code-form.tsx";
import { PasskeyButton, hasPasskeys } from "./passkey-button.tsx";
import { isCodeNeeded, isPasskeyNeeded, loginProblem, useLogIn } from "./use-log-in.ts";

/** E-mail address and password; the code in a second step, when the server asks for one. */
export function LoginForm() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<"password" | "code" | "passkey">("password");
  const logIn = useLogIn();
  const submit = () =>
    logIn.mutate(
      { email: email.trim(), password },
      {
        onError: (error) => {
          if (isCodeNeeded(error)) setStep(isPasskeyNeeded(error) ? "passkey" : "code");
        },
      },
    );
  if (step !== "password") {
    return (
      <CodeForm
        hasAuthenticator={step === "code"}
        credentials={{ email: email.trim(), password }}
        onBack={() => {
          setPassword("");
          setStep("password");
          logIn.reset();
        }}
      />
    );
  }
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
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
        onChange={(event) => setEmail(event.target.value)}
      />
      <PasswordField
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      {logIn.error !== null && !isCodeNeeded(logIn.error) && <ErrorNote error={loginProblem(logIn.error)} />}
      <Button type="submit" kind="primary" busy={logIn.isPending}>
        Log in
      </Button>
      {hasPasskeys() && <PasskeyButton />}
      <p className="text-center">
        <Link to="/password-reset" className="text-accent-text hover:underline">
          Forgotten your password?
        </Link>
      </p>
    </form>
  );
}
