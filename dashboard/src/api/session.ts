import { useQuery, useQueryClient } from "@tanstack/react-query";
import { rememberCsrfToken } from "./client.ts";
import { readProblem } from "./errors.ts";
import { forgetSecrets } from "./tab-secrets.ts";

export type Role = "owner" | "admin" | "support" | "viewer";

export interface SessionUser {
  id: string;
  email: string;
  name: string;
  role: Role;
  totp_enabled: boolean;
  passkeys: number;
  scopes: string[];
}

/** `GET /api/session`: who is logged in, if anybody. */
export type Session =
  | { user: null; setup_required: boolean; without_key: boolean }
  | {
      user: SessionUser;
      csrf_token: string;
      session_id: string;
      second_factor_missing: boolean;
      without_key: boolean;
    };

const SESSION_KEY = ["session"];

async function fetchSession(): Promise<Session> {
  const response = await fetch("/api/session", { credentials: "same-origin", headers: { accept: "application/json" } });
  if (!response.ok) throw await readProblem(response);
  const session = (await response.json()) as Session;
  rememberCsrfToken(session.user === null ? undefined : session.csrf_token);
  if (session.user === null) forgetSecrets();
  return session;
}

export function useSession() {
  return useQuery({ queryKey: SESSION_KEY, queryFn: fetchSession, staleTime: 60_000 });
}

/** Asks anew who is logged in, and forgets everything that was read before. */
export function useSessionChanged(): () => Promise<void> {
  const queryClient = useQueryClient();
  return async () => {
    const session = await fetchSession();
    // Not all of it: who watches the session would go on watching an entry that is gone.
    queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
    queryClient.setQueryData(SESSION_KEY, session);
  };
}

/** The user of a page behind the log-in. */
export function useUser(): SessionUser {
  const { data } = useSession();
  const user = data?.user ?? null;
  if (user === null) throw new Error("This page needs a session.");
  return user;
}

/** Whether the user may; what one may not do is not offered. The server decides in any case. */
export function useMay(scope: string): boolean {
  const { data } = useSession();
  return data?.user?.scopes.includes(scope) ?? false;
}
