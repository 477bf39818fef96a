import { nowSeconds } from "../../platform/clock.ts";
import { closeEntriesAbout } from "../attention/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import { withdrawVersionsOfSource } from "../packages/index.ts";
import type { SourceDeps } from "./add-source.ts";
import { getSourceForChange } from "./list-sources.ts";
import { SKIPPED_VERSION } from "./ownership.ts";
import type { SourceCaller } from "./source-bound.ts";
import { SOURCE_DUE } from "./source-due.ts";
import { updateSourceRow } from "./source-queries.ts";
import { wakeWaiting } from "./waiting-sources.ts";

/**
 * Removes a source: its versions leave p2, so nobody finds them any more. Archives and the mirror stay, because the
 * lock files of those who bought go on naming them. A source that waits for one of its names is synced at once. Returns
 * how many versions vanished.
 */
export async function removeSource(
  deps: SourceDeps,
  caller: SourceCaller,
  id: string,
): Promise<{ versionsWithdrawn: number }> {
  const now = nowSeconds(deps.clock);
  return await deps.database.transaction(async (trx, changed) => {
    const row = await getSourceForChange(trx, deps.database.engine, caller, id);
    // A sync that is running checks its claim before it writes, and finds it gone.
    await updateSourceRow(trx, id, { removed_at: now, claimed_by: null, claimed_until: null, sealed_password: null });
    await closeEntriesAbout(trx, { kind: SKIPPED_VERSION, subject: "source", ids: [id] }, now);
    const versionsWithdrawn = await withdrawVersionsOfSource(trx, id, now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "source.removed",
      target: { kind: "source", id },
      details: { before: { name: row.name, url: row.url }, after: { versions_withdrawn: versionsWithdrawn } },
    });
    if (await wakeWaiting(trx, id, now)) changed(SOURCE_DUE);
    changed("sources");
    changed("packages");
    return { versionsWithdrawn };
  });
}
