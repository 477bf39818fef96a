import type { Database } from "../../schema.ts";
import { presentSource } from "./source-presenter.ts";
import type { Source } from "./source-presenter.ts";
import { countPerSource, findSourceRow, listSkippedRefRows, listSourceRows } from "./source-queries.ts";

/** Every source, oldest first. A vendor has tens of them, so there are no pages. */
export async function listSources(deps: { readonly database: Database }): Promise<Source[]> {
  const { db } = deps.database;
  const [rows, counts] = [await listSourceRows(db), await countPerSource(db)];
  return rows.map((row) => presentSource(row, counts.get(row.id)));
}

export async function findSource(deps: { readonly database: Database }, id: string): Promise<Source | undefined> {
  const { db } = deps.database;
  const row = await findSourceRow(db, id);
  return row === undefined ? undefined : presentSource(row, (await countPerSource(db, id)).get(id));
}

/** A branch or tag that was not imported, and why. */
export interface SkippedRef {
  readonly ref: string;
  readonly reason: string;
  /** Package and version, where they are known. */
  readonly label: string | null;
}

/** What the last sync skipped, by ref. */
export async function listSkippedRefs(deps: { readonly database: Database }, id: string): Promise<SkippedRef[]> {
  const rows = await listSkippedRefRows(deps.database.db, id);
  return rows.map((row) => ({ ref: row.ref, reason: row.skipped_reason ?? "", label: row.label }));
}
