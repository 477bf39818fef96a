/** Only there to see whether a path leaves the host it is resolved on. */
const HERE = "https://this-site.invalid";

/**
 * Where to go after the log-in: `?next=` when it is a path of this site, `/` otherwise. Whoever sends a link to the
 * log-in chooses this value, so what is no plain path is not followed: `//host` and `/\host` lead to another host, and
 * browsers drop tabs and line breaks before they read an address.
 */
export function safeNextPath(next: string | null): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (next === null || !next.startsWith("/") || /\/\/|\\|[\u0000-\u0020\u007f]/.test(next)) return "/";
  const url = URL.parse(next, HERE);
  if (url?.origin !== HERE || url.pathname.startsWith("//")) return "/";
  return /^\/login(?:[/?#]|$)/.test(next) ? "/" : next;
}
