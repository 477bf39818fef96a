import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "../../api/client.ts";
import { ApiError } from "../../api/errors.ts";
import { useSessionChanged } from "../../api/session.ts";

export interface Credentials {
  email: string;
  password: string;
  code?: string;
}

export function useLogIn() {
  const sessionChanged = useSessionChanged();
  return useMutation({
    mutationFn: (credentials: Credentials) => unwrap(api.POST("/api/session", { body: credentials })),
    onSuccess: sessionChanged,
  });
}

/** The password is right, and a second factor is awaited. */
export function isCodeNeeded(error: unknown): boolean {
  return (error instanceof ApiError && error.code === "auth.totp_required") || isPasskeyNeeded(error);
}

/** It is a passkey, or a recovery code: there is no authenticator. */
export function isPasskeyNeeded(error: unknown): boolean {
  return error instanceof ApiError && error.code === "auth.passkey_required";
}

/** A refusal in words, with what to do about it. */
export function loginProblem(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === "auth.login_failed") {
    return new Error(
      "E-mail address or password is wrong. Check both; if you do not remember the password, set a new one below.",
    );
  }
  if (error.code === "auth.throttled") {
    return new Error(`${error.message} Each further failure makes the wait longer, so check what you type first.`);
  }
  return error;
}
