/** What a request carries that may hold a cookie. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * `__Host-` makes browsers refuse the cookie unless it came over HTTPS from this very host, so that neither plain HTTP
 * nor a neighbour below the same domain can plant one. Browsers take that name over HTTPS only.
 */
export function hostCookieName(publicUrl: string, name: string): string {
  return isHttps(publicUrl) ? `__Host-${name}` : name;
}

/** The value of a cookie; undefined where there is none, or more than one. */
export function readCookie(headers: RequestHeaders, name: string): string | undefined {
  const { cookie } = headers;
  if (typeof cookie !== "string") return undefined;
  const prefix = `${name}=`;
  const [value, another] = cookie
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(prefix))
    .map((pair) => pair.slice(prefix.length));
  return another === undefined ? value : undefined;
}

/** A `Set-Cookie` header for this host. No script reads the cookie, and no other site's request carries it. */
export function hostCookie(publicUrl: string, name: string, value: string, maxAgeSeconds: number): string {
  const attributes = ["Path=/", `Max-Age=${maxAgeSeconds}`, "HttpOnly", "SameSite=Strict"];
  if (isHttps(publicUrl)) attributes.push("Secure");
  return [`${hostCookieName(publicUrl, name)}=${value}`, ...attributes].join("; ");
}

function isHttps(publicUrl: string): boolean {
  return publicUrl.startsWith("https:");
}
