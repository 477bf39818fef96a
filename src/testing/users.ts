import { commandLine } from "../modules/callers/index.ts";
import { createUser, hashPassword } from "../modules/users/index.ts";
import type { UserRole } from "../schema.ts";
import type { TestAnswer, TestServer } from "./test-server.ts";

export const TEST_PASSWORD = "correct horse battery staple";
let passwordHash: Promise<string> | undefined;
let made = 0;

export interface TestUser {
  id: string;
  email: string;
  password: string;
  role: UserRole;
}

/** A user who can log in; an owner with an address of their own unless told. */
export async function createTestUser(
  server: TestServer,
  options: { role?: UserRole; email?: string; name?: string } = {},
): Promise<TestUser> {
  const { role = "owner", email = `user-${++made}@example.com`, name = "Test User" } = options;
  const hash = await (passwordHash ??= hashPassword(TEST_PASSWORD));
  const user = await server.core.database.transaction((trx) =>
    createUser(server.core, trx, commandLine.actor, { email, name, role, passwordHash: hash }),
  );
  return { id: user.id, email, password: TEST_PASSWORD, role };
}

/** A browser that is logged in: its cookie, and what its pages send. */
export interface TestSession {
  id: string;
  /** For a `Cookie` header. */
  cookie: string;
  csrf: string;
  /** A call as the dashboard makes it; takes over a new cookie or CSRF token that the answer brings. */
  api: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<TestAnswer>;
}

/** `name=value` of the session cookie that an answer sets. */
export function cookieOf(answer: TestAnswer): string {
  return /^[^;]*_session=[^;]*/.exec(answer.headers.getSetCookie()[0] ?? "")?.[0] ?? "";
}

/** The same of the cookie by which the browser is known from then on. */
export function deviceOf(answer: TestAnswer): string {
  const isDevice = (cookie: string) => /^[^=]*_device_/.test(cookie);
  return /^[^;]*/.exec(answer.headers.getSetCookie().find(isDevice) ?? "")?.[0] ?? "";
}

/** Logs in over the API; a user of the role is made when none is given. */
export async function logIn(
  server: TestServer,
  who: (Pick<TestUser, "email" | "password"> & { code?: string }) | { role: UserRole },
): Promise<TestSession> {
  const user = "email" in who ? who : await createTestUser(server, who);
  const body = { email: user.email, password: user.password, ...("code" in user ? { code: user.code } : {}) };
  const answer = await server.api("POST", "/api/session", undefined, body);
  if (answer.status !== 200) throw new Error(`could not log in: ${answer.text}`);
  return sessionOf(server, answer);
}

/** The session that an answer started. */
export function sessionOf(server: TestServer, answer: TestAnswer): TestSession {
  const { csrf_token: csrf, session_id: id } = answer.json() as { csrf_token: string; session_id: string };
  const session: TestSession = {
    ...{ id, csrf, cookie: cookieOf(answer) },
    async api(method, path, sent, headers = {}) {
      const own = { cookie: session.cookie, "x-csrf-token": session.csrf };
      const reply = await server.api(method, path, undefined, sent, { ...own, ...headers });
      if (reply.status < 300 && cookieOf(reply) !== "") {
        session.cookie = cookieOf(reply);
        session.csrf = (reply.json() as { csrf_token?: string }).csrf_token ?? session.csrf;
      }
      return reply;
    },
  };
  return session;
}
