import { setTimeout } from "node:timers/promises";
import type { SyncDeps, SyncReport } from "./sync-deps.ts";
import { syncSource } from "./sync-source.ts";
import type { SyncOptions } from "./sync-source.ts";

/** How soon the end of another process's sync is noticed. */
const POLL_MS = 100;

/**
 * Syncs a source now; when somebody syncs it already, after that: the running sync may have looked before the change
 * that the caller wants to see published.
 */
export async function waitAndSync(
  deps: SyncDeps,
  sourceId: string,
  options: SyncOptions & { readonly onWait?: () => void } = {},
): Promise<SyncReport> {
  for (let isFirst = true; ; isFirst = false) {
    // The policy of this process does not change while it waits.
    const refuseByPolicy = isFirst && options.refuseByPolicy === true;
    const report = await syncSource(deps, sourceId, { ...options, refuseByPolicy });
    if (report !== "busy") return report;
    if (isFirst) options.onWait?.();
    await setTimeout(POLL_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
