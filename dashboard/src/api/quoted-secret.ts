const PREFIX = /^pb[tm]_/i;
/** As the server makes them; anything else was mistyped or cut off. */
const WHOLE = /^pb[tm]_\w{36}$/;

/**
 * What a search sends in the place of a secret that was pasted: its hash, by which the API finds it, or the last four
 * characters of one that is not whole or where the browser has no hash (a page without TLS). A secret must stand in no
 * address, no history and no log.
 */
export async function withoutSecret(text: string, { subtle }: { subtle?: SubtleCrypto } = crypto): Promise<string> {
  const quoted = text.trim();
  if (!PREFIX.test(quoted)) return quoted;
  if (subtle === undefined || !WHOLE.test(quoted)) return quoted.slice(-4);
  const hash = await subtle.digest("SHA-256", new TextEncoder().encode(quoted));
  return `secret:${Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
