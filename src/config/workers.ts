import type { z } from "zod";
import { wholeNumber } from "./fields.ts";

/** What a thread beside the main one may take; there is one on machines of up to two cores. */
export const workerVariables = {
  WORKER_MEMORY_MB: wholeNumber("megabytes", { min: 32, max: 65_536 }, 128).describe(
    "Memory of a worker thread, in which the metadata of repositories is read and lists of many versions are written. What needs more fails by itself: that sync, or that list. In MB of 1,048,576 bytes.",
  ),
  WORKER_TIMEOUT_SECONDS: wholeNumber("seconds", { min: 1, max: 3_600 }, 60).describe(
    "How long one piece of work may keep a worker thread busy, for example one list of versions. What takes longer fails by itself.",
  ),
};

type WorkerValues = { [Name in keyof typeof workerVariables]: z.output<(typeof workerVariables)[Name]> };

export interface WorkerLimits {
  memoryMb: number;
  /** Of one task. */
  timeoutMs: number;
}

export function workerLimitsOf(values: WorkerValues): WorkerLimits {
  return { memoryMb: values.WORKER_MEMORY_MB, timeoutMs: values.WORKER_TIMEOUT_SECONDS * 1000 };
}
