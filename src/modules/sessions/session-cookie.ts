import { randomBytes } from "node:crypto";
import { hostCookie, hostCookieName, readCookie } from "../../platform/http/cookies.ts";
import type { RequestHeaders } from "../../platform/http/cookies.ts";

export type { RequestHeaders } from "../../platform/http/cookies.ts";

const NAME = "package_broker_session";
/** 256 random bits, base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export function newSessionSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** The secret in the session cookie; undefined where there is none, a malformed one, or more than one. */
export function readSessionCookie(publicUrl: string, headers: RequestHeaders): string | undefined {
  const value = readCookie(headers, hostCookieName(publicUrl, NAME));
  return value !== undefined && SECRET.test(value) ? value : undefined;
}

/** The `Set-Cookie` header of a session. No script reads it, and no other site's request carries it. */
export function sessionCookie(publicUrl: string, secret: string, maxAgeSeconds: number): string {
  return hostCookie(publicUrl, NAME, secret, maxAgeSeconds);
}

/** The `Set-Cookie` header that makes a browser forget its session. */
export function clearedSessionCookie(publicUrl: string): string {
  return sessionCookie(publicUrl, "", 0);
}
