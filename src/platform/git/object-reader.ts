import { ByteReader } from "./byte-reader.ts";
import { GitError } from "./git-error.ts";
import type { Git } from "./git.ts";

/** What one name (`<id>`, `<commit>:composer.json`) leads to. */
export type ReadObject =
  | { readonly kind: "found"; readonly type: string; readonly id: string; readonly content: Buffer }
  | { readonly kind: "too_large"; readonly sizeBytes: number; readonly type: string; readonly head: Buffer }
  | { readonly kind: "missing" };

export interface ReadObjectsOptions {
  readonly gitDir: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Of a larger object no more than `headSizeBytes` are kept. */
  readonly sizeBytesMax: number;
  /** None unless told. */
  readonly headSizeBytes?: number | undefined;
}

/** Reads any number of objects through one `git cat-file --batch`, in the order of their names, each as it arrives. */
export async function* readObjects(
  git: Git,
  names: readonly string[],
  options: ReadObjectsOptions,
): AsyncGenerator<ReadObject> {
  if (names.length === 0) return;
  const process = await git.start(["cat-file", "--batch", "--buffer"], options);
  try {
    process.stdin.end(names.map((name) => `${name}\n`).join(""));
    const reader = new ByteReader(process.stdout as AsyncIterable<Buffer>);
    for (let missing = names.length; missing > 0; missing--) {
      const head = await reader.readLine();
      // git died: how it ended says why.
      if (head === undefined) break;
      yield await readObject(reader, head, options);
    }
    if ((await reader.readLine()) !== undefined) throw damaged("more objects than were asked for");
    await process.done;
  } finally {
    process.cancel();
    process.stdout.destroy();
  }
}

async function readObject(
  reader: ByteReader,
  line: string,
  { sizeBytesMax, headSizeBytes = 0 }: Pick<ReadObjectsOptions, "sizeBytesMax" | "headSizeBytes">,
): Promise<ReadObject> {
  const [, id, type, size] = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d+)$/.exec(line) ?? [];
  if (id === undefined || type === undefined || size === undefined) {
    if (/ (missing|ambiguous|submodule)$/.test(line)) return { kind: "missing" };
    throw damaged(line.slice(0, 200));
  }
  const sizeBytes = Number(size);
  if (sizeBytes > sizeBytesMax) {
    const kept = Math.min(headSizeBytes, sizeBytes);
    const head = await reader.read(kept);
    await reader.skip(sizeBytes - kept + 1);
    return { kind: "too_large", sizeBytes, type, head };
  }
  const content = await reader.read(sizeBytes + 1);
  return { kind: "found", type, id, content: content.subarray(0, sizeBytes) };
}

function damaged(detail: string): GitError {
  return new GitError("damaged", "the local mirror is damaged: it is made again at the next sync", detail);
}
