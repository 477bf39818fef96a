import { readFile, readdir } from "node:fs/promises";

/** Memory fills within seconds from a fast network; the machine's own limit must not be what ends it. */
const LOOK_EVERY_MS = 200;

/**
 * Watches the memory of a process and of all it started, and calls `tooMuch` once when it is more than allowed. git keeps
 * what a remote tells of its refs in memory however much that is, and has no setting against it. Returns the end of the
 * watch. Where there is no /proc nothing is watched.
 */
export function guardMemory(pid: number, memoryBytesMax: number, tooMuch: () => void): () => void {
  let isLooking = false;
  const look = async () => {
    if (isLooking) return;
    isLooking = true;
    const bytes = await memoryOfTree(pid).finally(() => (isLooking = false));
    if (bytes <= memoryBytesMax) return;
    stop();
    tooMuch();
  };
  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  const stop = () => clearInterval(timer);
  return stop;
}

/** Anonymous memory: the mirror's packs, which git maps into its own, are the page cache's and cost nothing. */
async function memoryOfTree(pid: number): Promise<number> {
  const [own, children] = await Promise.all([anonymousBytes(pid), childrenOf(pid)]);
  const below = await Promise.all(children.map(memoryOfTree));
  return below.reduce((sum, bytes) => sum + bytes, own);
}

async function anonymousBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? "0") * 1024;
}

async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch((): string[] => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, "utf8").catch(() => "")),
  );
  return lists.flatMap((list) => list.split(" ").filter((text) => text !== "")).map(Number);
}
