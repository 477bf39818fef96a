import createClient from "openapi-fetch";
import type { Middleware } from "openapi-fetch";
import { ApiError, readProblem } from "./errors.ts";
import type { paths } from "./generated/schema.d.ts";
import { confirmIdentity } from "./step-up.ts";

/** Proves to the server that a change comes from this page; given at log-in and with the session. */
let csrfToken: string | undefined;

export function rememberCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** Requests under way, as they can be sent again. */
const copies = new Map<string, Request>();

/** A session that was confirmed in another tab, and then a question in this one. */
const TRIES = 3;

const session: Middleware = {
  onRequest({ request, id }) {
    withCsrfToken(request);
    copies.set(id, request.clone());
    return request;
  },
  async onResponse({ response, id }) {
    const copy = copies.get(id);
    copies.delete(id);
    let answer = response;
    for (let tries = 1; !answer.ok; tries++) {
      const problem = await readProblem(answer);
      if (copy === undefined || tries > TRIES || !(await isMended(problem))) throw problem;
      answer = await fetch(withCsrfToken(copy.clone())).catch(() => {
        throw unanswered();
      });
    }
    return answer;
  },
  onError({ error, id }) {
    copies.delete(id);
    return error instanceof ApiError ? error : unanswered();
  },
};

function withCsrfToken(request: Request): Request {
  if (!SAFE.has(request.method) && csrfToken !== undefined) request.headers.set("x-csrf-token", csrfToken);
  return request;
}

/** Whether the same request would be answered otherwise now: somebody confirmed who they are, here or in another tab. */
async function isMended({ code }: ApiError): Promise<boolean> {
  if (code === "auth.step_up_required") return await confirmIdentity();
  if (code !== "auth.csrf") return false;
  const before = csrfToken;
  const answer = await fetch("/api/session", { credentials: "same-origin" });
  const { csrf_token: token } = (await answer.json()) as { csrf_token?: string };
  rememberCsrfToken(token);
  return token !== undefined && token !== before;
}

function unanswered(): ApiError {
  const detail = "The server did not answer. Is it running, and are you online?";
  return new ApiError({ status: 0, code: "network", detail });
}

/** The public Management API, by the types of openapi.json. Every refusal is thrown as an {@link ApiError}. */
export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(session);

/** What a successful call holds; {@link api} throws for all others. */
export async function unwrap<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** A page of a list, and where the next one begins. */
export interface Page<T> {
  items: T[];
  nextCursor: string | undefined;
}

/** The same for a list in pages: the cursor is in the `Link` header. */
export async function unwrapPage<T>(call: Promise<{ data?: T[]; response: Response }>): Promise<Page<T>> {
  const { data, response } = await call;
  const next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  const cursor = next === undefined ? null : new URL(next).searchParams.get("cursor");
  return { items: data ?? [], nextCursor: cursor ?? undefined };
}
