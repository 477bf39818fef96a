import { randomBytes } from "node:crypto";

/** What a request carries that may hold a session. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** 256 random bits, base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export function newSessionSecret(): string {
  return randomBytes(32).toString("base64url");
}

/**
 * `__Host-` makes browsers refuse the cookie unless it came over HTTPS from this very host, so that neither plain HTTP
 * nor a neighbour below the same domain can plant one. Browsers take that name over HTTPS only.
 */
function cookieName(publicUrl: string): string {
  return isHttps(publicUrl) ? "__Host-package_broker_session" : "package_broker_session";
}

function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith("https:");
}

/** The secret in the session cookie; undefined where there is none, a malformed one, or more than one. */
export function readSessionCookie(publicUrl: string, headers: RequestHeaders): string | undefined {
  const { cookie } = headers;
  if (typeof cookie !== "string") return undefined;
  const prefix = `${cookieName(publicUrl)}=`;
  const values = cookie
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  const [value, another] = values;
  return value !== undefined && another === undefined && SECRET.test(value) ? value : undefined;
}

/** The `Set-Cookie` header of a session. No script reads it, and no other site's request carries it. */
export function sessionCookie(publicUrl: string, secret: string, maxAgeSeconds: number): string {
  const attributes = ["Path=/", `Max-Age=${maxAgeSeconds}`, "HttpOnly", "SameSite=Strict"];
  if (isHttps(publicUrl)) attributes.push("Secure");
  return [`${cookieName(publicUrl)}=${secret}`, ...attributes].join("; ");
}

/** The `Set-Cookie` header that makes a browser forget its session. */
export function clearedSessionCookie(publicUrl: string): string {
  return sessionCookie(publicUrl, "", 0);
}
