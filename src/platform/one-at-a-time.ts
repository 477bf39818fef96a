/**
 * Work that is begun again and again, never twice at a time. A call while it runs has one more run follow, and waits for
 * that one: what was there before the call is never missed. It never fails; `onError` is told what went wrong.
 */
export function oneAtATime(work: () => Promise<void>, onError: (error: unknown) => void): () => Promise<void> {
  let latest: Promise<void> = Promise.resolve();
  /** Has not begun, so it is for everybody who called since. */
  let waiting: Promise<void> | undefined;
  return () => {
    waiting ??= latest.then(() => {
      waiting = undefined;
      return work().catch(onError);
    });
    return (latest = waiting);
  };
}

/** Work of which once is enough, and which is tried again as long as it fails. */
export function untilDone(work: () => Promise<void>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    await work();
    isDone = true;
  };
}
