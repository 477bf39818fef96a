import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { closeEntriesAbout, raiseAttention } from "../attention/index.ts";
import { countHolders, listSuccessors, listUsedPatterns, patternsCovering } from "../grants/index.ts";
import { emitNotice } from "../notices/index.ts";
import { findPackageNames } from "../packages/index.ts";
import type { Contest } from "./publication.ts";
import type { Survey } from "./survey.ts";
import type { Rename, SyncDeps } from "./sync-deps.ts";

/**
 * Tells the vendor of packages of a source that lost all their versions in a sync in which the name on its default
 * branch was a new one: in Composer that renames every version. Whoever bought the old name has nothing of the new one
 * until the vendor says that it is the successor.
 */
export async function tellRenamed(
  deps: Pick<SyncDeps, "clock">,
  trx: Db,
  sourceId: string,
  { live, defaultRef }: Pick<Survey, "live" | "defaultRef">,
  { winners }: Pick<Contest, "winners">,
): Promise<Rename[]> {
  const before = new Set(live.map((version) => version.package));
  const after = new Set(winners.map((entry) => entry.packageId));
  await forgetRenamesOf(
    deps,
    trx,
    [...after].filter((id) => !before.has(id)),
  );
  const gone = [...before].filter((id) => !after.has(id));
  const main = winners.find((entry) => entry.ref.ref === defaultRef) ?? winners[0];
  if (gone.length === 0 || main === undefined || before.has(main.packageId)) return [];
  const names = await findPackageNames(trx, [...gone, main.packageId]);
  const to = names.get(main.packageId);
  const settled = new Set((await listSuccessors(trx)).map(({ name }) => name));
  const renames: Rename[] = [];
  for (const id of gone) {
    const from = names.get(id);
    if (from === undefined || to === undefined || settled.has(from)) continue;
    const patterns = await listUsedPatterns(trx, patternsCovering(from));
    const { tokens, customers } = await countHolders(trx, patterns, nowSeconds(deps.clock));
    await raiseAttention(deps, trx, {
      kind: "package.renamed",
      shop: null,
      customer: null,
      subject: { kind: "package", id: from },
      details: { package: from, successor: to, source_id: sourceId, tokens, customers },
    });
    const data = { package: from, successor: to, tokens, customers, source_id: sourceId };
    await emitNotice(deps, trx, { type: "package.renamed", shop: null, data });
    renames.push({ from, to, tokens });
  }
  return renames;
}

/** What was told of a package is over when versions of it are offered again. */
async function forgetRenamesOf(deps: Pick<SyncDeps, "clock">, trx: Db, packageIds: readonly string[]): Promise<void> {
  const names = await findPackageNames(trx, packageIds);
  const about = { kind: "package.renamed", subject: "package", ids: [...names.values()] };
  await closeEntriesAbout(trx, about, nowSeconds(deps.clock));
}
