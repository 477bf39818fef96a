import { hostname } from "node:os";
import { randomBase62 } from "./crypto/secrets.ts";

/** Tells this process from an earlier one of the same number, as in a container that was started again. */
const PROCESS = randomBase62(6);

/** Who claims a row of work, `host:pid:nonce`: another one with every claim, so that a late one is told from the next. */
export function newClaimant(): string {
  return `${hostname()}:${process.pid}:${PROCESS}${randomBase62(12)}`;
}

export function isOfThisProcess(claimant: string): boolean {
  return claimant.startsWith(`${hostname()}:${process.pid}:${PROCESS}`);
}

/** Whether a claimant's process was one of this machine and is gone: nobody has to wait for its claim to run out. */
export function isAbandoned(claimant: string): boolean {
  const [host, pid] = claimant.split(":");
  if (host !== hostname()) return false;
  return Number(pid) === process.pid ? !isOfThisProcess(claimant) : !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
