import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Far longer than any probe may take. */
const ABANDONED_MS = 600_000;

/**
 * Deletes the directories in `scratch` that a killed process left behind; those of probes that run stay, also of other
 * processes. How old one is says the file system, which also says by `newest` what time it is there.
 */
export async function removeAbandoned(scratch: string, newest: string): Promise<void> {
  const { mtimeMs: now } = await stat(newest);
  for (const name of await readdir(scratch)) {
    const directory = join(scratch, name);
    // Undefined where its own probe ended meanwhile.
    const found = await stat(directory).catch(() => undefined);
    if (found !== undefined && now - found.mtimeMs > ABANDONED_MS)
      await rm(directory, { recursive: true, force: true });
  }
}
