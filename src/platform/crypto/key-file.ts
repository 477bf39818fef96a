import { randomBytes } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";

/**
 * The master key in `file`, base64; made on first start, readable by its owner only. It appears whole, by a link that
 * fails where there is one: of two processes that start at once one makes it and the other reads that one, and a
 * crash leaves none or all of it.
 */
export async function readOrCreateKey(file: string): Promise<Buffer> {
  const known = await readKey(file);
  if (known !== undefined) return known;
  const temporary = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(`${randomBytes(32).toString("base64")}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(temporary, file).catch(unlessCode("EEXIST"));
  } finally {
    await rm(temporary, { force: true });
  }
  const made = await readKey(file);
  if (made === undefined) throw new Error(`${file} was removed while it was being made`);
  return made;
}

async function readKey(file: string): Promise<Buffer | undefined> {
  const text = await readFile(file, "utf8").catch(unlessCode("ENOENT"));
  if (text === undefined) return undefined;
  const key = Buffer.from(text.trim(), "base64");
  if (key.length === 32) return key;
  throw new Error(
    `${file} does not hold 32 bytes in base64; restore it from your copy, or remove it and add the sources' passwords again`,
  );
}

function unlessCode(code: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === code) return undefined;
    throw error;
  };
}
