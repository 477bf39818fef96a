import type { Clock } from "../../platform/clock.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { invalidField } from "../../platform/errors.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { getStatesOfVersion, getVisiblePackage } from "./browse-packages.ts";
import { lockPackage, raiseRevision, setReleaseDate } from "./package-browse-queries.ts";

export interface CorrectDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  clock: Clock;
}

/**
 * The vendor's correction of when a version was released, which decides `updates_until`. A tag that was moved is
 * several states of one release: all of them take the date, or a lock file of the old state would go on being judged
 * by the wrong one. A branch's states are releases of their own, and only what is shown is corrected.
 */
export async function correctReleaseDate(
  deps: CorrectDeps,
  caller: Caller,
  wanted: { name: string; version: string },
  releasedAt: number,
): Promise<void> {
  await deps.database.transaction(async (trx, changed) => {
    const now = nowSeconds(deps.clock);
    if (releasedAt > now) throw invalidField("/released_at", "lies in the future");
    const { id, name } = await getVisiblePackage(trx, caller, wanted.name);
    await lockPackage(trx, deps.database.engine, id);
    const [first, ...others] = await getStatesOfVersion(trx, id, wanted.version);
    const states = first.is_dev === 1 ? [first] : [first, ...others];
    const wrong = states.filter((state) => state.released_at !== releasedAt);
    if (wrong.length === 0) return;
    const ids = wrong.map((state) => state.id);
    await setReleaseDate(trx, ids, releasedAt);
    await raiseRevision(trx, id, now);
    const { version } = first;
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "version.release_date_changed",
      target: { kind: "package", id: name },
      details: { before: { version, released_at: first.released_at }, after: { version, released_at: releasedAt } },
    });
    changed("packages");
  });
}
