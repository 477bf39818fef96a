import { createTaskPool } from "../platform/threads/index.ts";
import type { TaskPool } from "../platform/threads/index.ts";

/** The threads of a server, for tests that put its parts together by themselves. They end by themselves when idle. */
export function createTestWorkers(): TaskPool {
  return createTaskPool({ file: new URL("../worker.ts", import.meta.url), memoryMb: 128, timeoutMs: 60_000 });
}
