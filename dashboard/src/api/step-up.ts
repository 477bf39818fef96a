/** Asks whoever sits there to confirm who it is; false where they would rather not. */
type Ask = () => Promise<boolean>;

let ask: Ask | undefined;
let asking: Promise<boolean> | undefined;

/** Set by the page's frame, which shows the question. */
export function askWith(given: Ask | undefined): void {
  ask = given;
}

/** One question for all requests that wait for it; whether it was answered. */
export async function confirmIdentity(): Promise<boolean> {
  if (ask === undefined) return false;
  asking ??= ask().finally(() => {
    asking = undefined;
  });
  return await asking;
}

/** A download begins within this time, or is asked about before. */
const MARGIN_SECONDS = 20;

/**
 * Saves what the browser fetches by itself, under the name that the server gives. Such a request cannot be repeated
 * when it is refused, so it is asked before whether the session may. By the server's clock: the browser's may be wrong.
 */
export async function download(address: string): Promise<void> {
  const response = await fetch("/api/session", { credentials: "same-origin", cache: "no-store" });
  const { proven_until: until } = (await response.json()) as { proven_until?: number };
  const now = Date.parse(response.headers.get("date") ?? "") / 1000;
  if (until !== undefined && until - now < MARGIN_SECONDS && !(await confirmIdentity())) return;
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}
