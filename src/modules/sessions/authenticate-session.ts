import type { Principal, SessionRequest } from "../callers/index.ts";

/** The user behind a session cookie; undefined where none came with the request. */
export function authenticateSession(_deps: object, _request: SessionRequest): Promise<Principal | undefined> {
  return Promise.resolve(undefined);
}
