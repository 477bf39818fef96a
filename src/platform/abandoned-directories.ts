import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Deletes the directories in `scratch` that a killed process left behind; younger ones belong to somebody who still
 * works in them, also in other processes. How old one is says the file system, which also says by `newest` what time it
 * is there.
 */
export async function removeAbandoned(scratch: string, newest: string, abandonedMs: number): Promise<void> {
  const { mtimeMs: now } = await stat(newest);
  for (const name of await readdir(scratch)) {
    const directory = join(scratch, name);
    // Undefined where its owner deleted it meanwhile.
    const found = await stat(directory).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > abandonedMs) await rm(directory, { recursive: true, force: true });
  }
}
