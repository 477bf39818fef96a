import type { Engine } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { isWithinBound } from "./source-bound.ts";
import type { SourceCaller } from "./source-bound.ts";
import { presentSource } from "./source-presenter.ts";
import type { Source } from "./source-presenter.ts";
import { OUTSIDE_FILTERS, withoutForeignNames } from "./ownership.ts";
import { listOfferedPackages } from "./removal-queries.ts";
import { remedyOf } from "./skip-remedies.ts";
import {
  countPerSource,
  findLastRun,
  findSourceRow,
  listSkippedRefRows,
  listSourceRows,
  lockSource,
} from "./source-queries.ts";
import type { LastRun, SourceRow } from "./source-queries.ts";

interface ReadDeps {
  readonly database: Pick<Database, "db">;
}

const EVERYBODY: Pick<SourceCaller, "packageBound"> = { packageBound: null };

const ID = /^src_[0-9A-Za-z]{1,40}$/;

/** Every source, oldest first. A vendor has tens of them, so there are no pages. */
export async function listSources(deps: ReadDeps, caller = EVERYBODY): Promise<Source[]> {
  const { db } = deps.database;
  const [rows, counts] = [await listSourceRows(db), await countPerSource(db)];
  const seen = rows.filter((row) => isWithinBound(caller, row));
  return seen.map((row) => presentSource(row, counts.get(row.id), caller.packageBound));
}

export async function findSource(deps: ReadDeps, id: string): Promise<Source | undefined> {
  const { db } = deps.database;
  const row = await findSourceRow(db, id);
  if (row === undefined) return undefined;
  return presentSource(row, (await countPerSource(db, id)).get(id));
}

/** What a caller may not see does not exist for it. */
export async function getVisibleSource(
  db: Db,
  caller: Pick<SourceCaller, "packageBound">,
  id: string,
): Promise<SourceRow> {
  const row = ID.test(id) ? await findSourceRow(db, id) : undefined;
  if (row === undefined || !isWithinBound(caller, row)) {
    throw new AppError("resource.not_found", `There is no source ${id}.`);
  }
  return row;
}

/** The source, held still until the transaction ends. */
export async function getSourceForChange(
  trx: Db,
  engine: Engine,
  caller: Pick<SourceCaller, "packageBound">,
  id: string,
): Promise<SourceRow> {
  if (ID.test(id)) await lockSource(trx, engine, id);
  return await getVisibleSource(trx, caller, id);
}

export type SourceDetail = Source & {
  readonly skipped: readonly SkippedRef[];
  readonly package_names: string[];
  readonly last_run: LastRun | null;
};

/** One source, with what it offers, how its newest sync went, and what that skipped and why. */
export async function readSource(deps: ReadDeps, caller: SourceCaller, id: string): Promise<SourceDetail> {
  const { db } = deps.database;
  const row = await getVisibleSource(db, caller, id);
  const source = presentSource(row, (await countPerSource(db, id)).get(id), caller.packageBound);
  const offered = await listOfferedPackages(db, id);
  return {
    ...source,
    package_names: offered.map(({ name }) => name),
    last_run: (await findLastRun(db, id)) ?? null,
    skipped: await listSkippedRefs(deps, id, caller),
  };
}

/** A branch or tag that was not imported, and why. */
export interface SkippedRef {
  readonly ref: string;
  readonly reason: string;
  /** Package and version, where they are known. */
  readonly label: string | null;
  /** Of a tag, that it becomes a version; null where the reason says it. */
  readonly what_to_do: string | null;
}

/** What the last sync skipped, by ref. With a package bound nobody learns what other sources and packages are called. */
export async function listSkippedRefs(deps: ReadDeps, id: string, caller = EVERYBODY): Promise<SkippedRef[]> {
  const rows = await listSkippedRefRows(deps.database.db, id);
  return rows.map(({ ref, skipped_reason, label }) => {
    const full = skipped_reason ?? "";
    const what_to_do = remedyOf(ref, full) ?? null;
    if (caller.packageBound === null) return { ref, reason: full, label, what_to_do };
    const shown = full.endsWith(OUTSIDE_FILTERS) ? null : label;
    return { ref, reason: withoutForeignNames(full), label: shown, what_to_do };
  });
}
