/**
 * Work that a timer begins again and again: a call while it runs waits for the end of that run instead of beginning
 * another one. It never fails; `onError` is told what went wrong.
 */
export function oneAtATime(work: () => Promise<void>, onError: (error: unknown) => void): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () =>
    (running ??= work()
      .catch(onError)
      .finally(() => (running = undefined)));
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
