import type { Cipher } from "../../platform/crypto/cipher.ts";
import { constantTimeEqual } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { RequestHeaders } from "./session-cookie.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * What a page must send in `X-CSRF-Token` with everything that changes something: only pages of this host can read it.
 * Bound to the secret of the session, so that it changes with it.
 */
export function csrfTokenOf(cipher: Pick<Cipher, "mac">, session: { id: string; secret_hash: string }): string {
  return cipher.mac("csrf token", csrfText(session));
}

function csrfText({ id, secret_hash }: { id: string; secret_hash: string }): string {
  return `${id} ${secret_hash}`;
}

/** 403 for a change that was not sent by a page of this host, whatever cookie came with it. */
export function refuseCrossSite(
  deps: { cipher: Pick<Cipher, "macs">; publicUrl: string },
  request: { method: string; headers: RequestHeaders },
  session: { id: string; secret_hash: string },
): void {
  if (SAFE_METHODS.has(request.method)) return;
  refuseForeignOrigin(deps.publicUrl, request.headers);
  const given = request.headers["x-csrf-token"];
  // A page that was opened before the key was rotated sends what it was given then.
  const valid = deps.cipher.macs("csrf token", csrfText(session));
  if (typeof given === "string" && valid.some((token) => constantTimeEqual(given, token))) return;
  throw new AppError(
    "auth.csrf",
    "A change with a session needs the header X-CSRF-Token with the csrf_token of GET /api/session; reload the page.",
  );
}

/**
 * 403 for a request that a browser sent from another site's page; for operations that are open, such as logging in,
 * where there is no session yet to bind a token to. Programs send no `Origin` and pass.
 */
export function refuseForeignOrigin(publicUrl: string, headers: RequestHeaders): void {
  const { origin, host } = headers;
  if (origin === undefined || origin === new URL(publicUrl).origin) return;
  const isOwnHost = typeof origin === "string" && typeof host === "string" && hostOf(origin) === host.toLowerCase();
  if (isOwnHost) return;
  throw new AppError(
    "auth.csrf",
    `This was sent by a page of another address than ${publicUrl}; open the dashboard there, or set PUBLIC_URL to the address it has.`,
  );
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
