import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";

/**
 * The master key in `file`, base64; made on first start, readable by its owner only. `O_EXCL`: of two processes that
 * start at once one makes it and the other reads that one.
 */
export async function readOrCreateKey(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    try {
      const key = randomBytes(32);
      await handle.writeFile(`${key.toString("base64")}\n`);
      await handle.sync();
      return key;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const key = Buffer.from((await readFile(file, "utf8")).trim(), "base64");
  if (key.length !== 32) {
    throw new Error(`${file} does not hold 32 bytes in base64; restore it from your copy, or remove it and add the sources' passwords again`);
  }
  return key;
}
