import { CommandError } from "./command-context.ts";

const STDIN_BYTES_MAX = 64 * 1024;

/** For options that may be repeated. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** `a,b` and `a b` are two. */
export function splitList(texts: string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== "");
}

export function readLimit(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new CommandError(`--limit ${text} is not a whole number from 1 to 999999`);
  return Number(text);
}

/** Standard input to its end, without the line break a shell puts behind it. */
export async function readAll(stdin: NodeJS.ReadStream, what: string): Promise<string> {
  if (stdin.isTTY)
    throw new CommandError(`give ${what} on standard input, for example: printf '%s' "$SECRET" | package-broker …`);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > STDIN_BYTES_MAX)
      throw new CommandError(`${what} on standard input is larger than ${STDIN_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (text === "") throw new CommandError(`${what} on standard input is empty`);
  return text;
}
