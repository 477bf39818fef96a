import { randomBytes } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";

/** What the key file holds. Its first line is the key in use, alone in a file that was never rotated. */
export interface KeysInFile {
  readonly current: Buffer;
  /** Made by a rotation that is under way: what was made with it opens already, nothing is made with it yet. */
  readonly next: Buffer | undefined;
  /** From the newest to the oldest. */
  readonly retired: readonly { readonly key: Buffer; readonly at: number }[];
}

/**
 * The master keys in `file`, base64; made on first start, readable by its owner only. It appears whole, by a link that
 * fails where there is one: of two processes that start at once one makes it and the other reads that one, and a
 * crash leaves none or all of it.
 */
export async function readOrCreateKeys(file: string): Promise<KeysInFile> {
  const known = await readKeys(file);
  if (known !== undefined) return known;
  const temporary = await writeBeside(file, { current: randomBytes(32), next: undefined, retired: [] });
  await link(temporary, file).catch(unlessCode("EEXIST"));
  await rm(temporary, { force: true });
  const made = await readKeys(file);
  if (made === undefined) throw new Error(`${file} was removed while it was being made`);
  return made;
}

/** Whole or not at all: a reader finds the old file or the new one. */
export async function replaceKeys(file: string, keys: KeysInFile): Promise<void> {
  await rename(await writeBeside(file, keys), file);
}

export async function readKeys(file: string): Promise<KeysInFile | undefined> {
  const text = await readFile(file, "utf8").catch(unlessCode("ENOENT"));
  if (text === undefined) return undefined;
  const [first = "", ...others] = text.trim().split("\n");
  const keys = others.map((line) => /^(next|retired (\d+)) (\S+)$/.exec(line.trim()));
  const read = (base64: string) => {
    const key = Buffer.from(base64.trim(), "base64");
    if (key.length === 32) return key;
    throw new Error(
      `${file} does not hold 32 bytes in base64; restore it from your copy, or remove it and add the sources' passwords again`,
    );
  };
  const current = read(first);
  if (keys.includes(null)) throw new Error(`${file} has a line that is no key; restore it from your copy`);
  const next = keys.find((line) => line?.[1] === "next")?.[3];
  const retired = keys.flatMap((line) =>
    line?.[2] === undefined ? [] : [{ key: read(line[3] ?? ""), at: Number(line[2]) }],
  );
  return { current, next: next === undefined ? undefined : read(next), retired };
}

async function writeBeside(file: string, { current, next, retired }: KeysInFile): Promise<string> {
  const temporary = `${file}.${randomBytes(8).toString("hex")}`;
  const lines = [
    current.toString("base64"),
    ...(next === undefined ? [] : [`next ${next.toString("base64")}`]),
    ...retired.map(({ key, at }) => `retired ${at} ${key.toString("base64")}`),
  ];
  const handle = await open(temporary, "wx", 0o600);
  try {
    await handle.writeFile(lines.map((line) => `${line}\n`).join(""));
    await handle.sync();
  } finally {
    await handle.close();
  }
  return temporary;
}

function unlessCode(code: string): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === code) return undefined;
    throw error;
  };
}
