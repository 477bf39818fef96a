import createClient from "openapi-fetch";
import type { Middleware } from "openapi-fetch";
import { ApiError, readProblem } from "./errors.ts";
import type { paths } from "./generated/schema.d.ts";

/** Proves to the server that a change comes from this page; given at log-in and with the session. */
let csrfToken: string | undefined;

export function rememberCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

const session: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method) && csrfToken !== undefined) request.headers.set("x-csrf-token", csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await readProblem(response);
  },
  onError({ error }) {
    if (error instanceof ApiError) return error;
    return new ApiError({
      status: 0,
      code: "network",
      detail: "The server did not answer. Is it running, and are you online?",
    });
  },
};

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
