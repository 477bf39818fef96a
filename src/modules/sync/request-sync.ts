import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import {
  SOURCE_DUE,
  countPerSource,
  dueNow,
  getSourceForChange,
  presentSource,
  updateSourceRow,
} from "../sources/index.ts";
import type { Source } from "../sources/index.ts";

export interface RequestSyncDeps extends AuditDeps {
  readonly database: Pick<Database, "db" | "engine" | "transaction">;
  readonly clock: Clock;
}

/** Makes a source due; a server takes it up at once. Asked for during a sync, it is synced again after that. */
export async function requestSync(deps: RequestSyncDeps, caller: Caller, id: string): Promise<Source> {
  return await deps.database.transaction(async (trx, changed) => {
    const row = await getSourceForChange(trx, deps.database.engine, caller, id);
    const next_sync_at = dueNow(row, nowSeconds(deps.clock));
    await updateSourceRow(trx, id, { next_sync_at });
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "source.sync_requested",
      target: { kind: "source", id },
    });
    changed(SOURCE_DUE);
    return presentSource({ ...row, next_sync_at }, (await countPerSource(trx, id)).get(id), caller.packageBound);
  });
}
