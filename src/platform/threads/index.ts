export type { Lane } from "./fair-queue.ts";
export { createTaskPool } from "./task-pool.ts";
export type { TaskPool } from "./task-pool.ts";
export { ThreadError, refusalOf } from "./thread-error.ts";
