const PREFIX = "secret:";

/** Secrets that a page keeps for its tab, so that a reload loses nothing. They end with the session. */
export function keepSecret(name: string, value: unknown): void {
  sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
}

/** What {@link keepSecret} was given, if it is still there. */
export function keptSecret(name: string): unknown {
  const text = sessionStorage.getItem(PREFIX + name);
  return text === null ? undefined : JSON.parse(text);
}

/** All of them: nobody is logged in any more, or the page is done. */
export function forgetSecrets(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}
