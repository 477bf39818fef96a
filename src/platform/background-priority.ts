import { setPriority } from "node:os";

/** Enough that whoever answers a request is given the processor first; on an idle machine it costs nothing. */
const BACKGROUND_NICENESS = 10;

/**
 * Lets a process, with what it starts from now on, or the thread that calls this, give way to the server: reading
 * repositories must not be felt by buyers on a machine of two cores. Only Linux gives threads a priority of their own.
 */
export function lowerPriority(who: number | "this thread"): void {
  if (who === "this thread" && process.platform !== "linux") return;
  try {
    setPriority(who === "this thread" ? 0 : who, BACKGROUND_NICENESS);
  } catch {
    // It has ended already, or the system gives no priorities: the work is the same.
  }
}
