import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeAbandoned } from "../../platform/abandoned-directories.ts";

/** Far longer than any work in one may take. */
const ABANDONED_MS = 600_000;

/**
 * Gives the place of a repository that is thrown away afterwards: beside the mirrors, where room for repositories is,
 * and not in a directory that other programs share.
 */
export async function inScratchRepository<T>(dataDir: string, work: (gitDir: string) => Promise<T>): Promise<T> {
  const scratch = join(dataDir, "probes");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const directory = await mkdtemp(join(scratch, "probe-"));
  await removeAbandoned(scratch, directory, ABANDONED_MS);
  try {
    return await work(join(directory, "preview.git"));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
