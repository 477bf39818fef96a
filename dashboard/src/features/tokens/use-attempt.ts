import { useState } from "react";
import { ApiError } from "../../api/errors.ts";

/** What has to be corrected may be out of sight in a long form. */
function focusFirstInvalid(): void {
  document.querySelector<HTMLElement>("dialog[open] [aria-invalid=true]")?.focus();
}

/** One try of a form at a time, and what came of it. */
export function useAttempt() {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (caught) {
      setError(caught);
      requestAnimationFrame(focusFirstInvalid);
    } finally {
      setBusy(false);
    }
  };
  return {
    busy,
    error,
    attempt,
    /** What is wrong with one field, such as `/expires_at`. */
    field: (pointer: string) => (error instanceof ApiError ? error.field(pointer) : undefined),
    /** What is wrong beyond the fields that show it themselves. */
    otherError: (pointers: readonly string[]) =>
      error instanceof ApiError && pointers.some((pointer) => error.field(pointer) !== undefined) ? undefined : error,
  };
}
