/** An entry of a directory. */
export interface TreeEntry {
  readonly kind: "file" | "directory" | "symlink" | "submodule";
  readonly name: string;
  readonly id: string;
}

const KINDS: Record<string, TreeEntry["kind"]> = { "40000": "directory", "120000": "symlink", "160000": "submodule" };
const ID_BYTES = 20;

/** Reads a tree object; of one that was cut off or is damaged, the entries up to there. */
export function readTree(content: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let start = 0; start < content.length;) {
    const space = content.indexOf(0x20, start);
    const end = content.indexOf(0, space);
    if (space === -1 || end === -1 || end + 1 + ID_BYTES > content.length) break;
    const next = end + 1 + ID_BYTES;
    entries.push({
      kind: KINDS[content.toString("latin1", start, space)] ?? "file",
      name: content.toString("utf8", space + 1, end),
      id: content.toString("hex", end + 1, next),
    });
    start = next;
  }
  return entries;
}
