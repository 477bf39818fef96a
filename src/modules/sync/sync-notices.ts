import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { emitNotice } from "../notices/index.ts";
import { findPackageNames } from "../packages/index.ts";
import type { SourceRow } from "../sources/index.ts";
import type { ReleasedVersion } from "./publish-versions.ts";

/**
 * Tells, in the transaction of a sync's outcome, that a source began to fail or works again; nothing while it stays as
 * it was. `problem` is what is wrong with it from now on. Its state says "syncing" meanwhile, the detail is of before.
 */
export async function tellState(
  deps: { clock: Clock },
  trx: Db,
  source: SourceRow,
  problem: string | null,
): Promise<void> {
  const wasFailing = source.state_detail !== null;
  if (wasFailing === (problem !== null)) return;
  await emitNotice(deps, trx, {
    type: problem === null ? "source.recovered" : "source.failing",
    shop: null,
    data: { id: source.id, name: source.name, url: source.url, state_detail: problem },
  });
}

/** Tells of each version that can be installed since this sync. */
export async function tellReleased(
  deps: { clock: Clock },
  trx: Db,
  source: SourceRow,
  released: readonly ReleasedVersion[],
): Promise<void> {
  if (released.length === 0) return;
  const names = await findPackageNames(trx, [...new Set(released.map((version) => version.package))]);
  for (const { package: packageId, version, version_normalized, stability, released_at, reference } of released) {
    await emitNotice(deps, trx, {
      type: "package.version_released",
      shop: null,
      data: {
        ...{ package: names.get(packageId) ?? null, version, version_normalized, stability, released_at, reference },
        source_id: source.id,
      },
    });
  }
}
