import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LedgerEntry } from "./honest-load.ts";

/** What another process asks, until a moment in milliseconds. */
export type Apart = { readonly url: string; readonly until: number } & (
  | { readonly kind: "probe"; readonly token: string; readonly name: string }
  | {
      readonly kind: "honest";
      readonly tokens: readonly string[];
      readonly shops: readonly string[];
      readonly archivePath: string;
    }
);

/**
 * In a process of its own, or what is measured would wait for the megabytes that the attack unpacks. Rejects where the
 * process ends without a result.
 */
export async function runApart(task: Apart): Promise<LedgerEntry[]> {
  const child = fork(fileURLToPath(new URL("apart-process.ts", import.meta.url)), [], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<LedgerEntry[]>();
  child.once("message", (entries) => resolve(entries as LedgerEntry[]));
  child.once("exit", () => reject(new Error(`the process of "${task.kind}" ended without a result`)));
  child.send(task);
  return await promise;
}
