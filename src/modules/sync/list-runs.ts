import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleSource } from "../sources/index.ts";
import { listSyncRunRows } from "./sync-queries.ts";
import type { SyncRunRow } from "./sync-queries.ts";

const DEFAULT_LIMIT = 100;

/** A page of a source's syncs, newest first, and where the next one begins. */
export async function listRuns(
  deps: { readonly database: Pick<Database, "db"> },
  caller: Caller,
  sourceId: string,
  query: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ runs: Omit<SyncRunRow, "source">[]; nextCursor: string | undefined }> {
  await getVisibleSource(deps.database.db, caller, sourceId);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "run");
  const rows = await listSyncRunRows(deps.database.db, sourceId, { after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    runs: page.map(({ source: _source, ...run }) => run),
    nextCursor:
      rows.length > limit && last !== undefined ? writeCursor({ at: last.started_at, id: last.id }) : undefined,
  };
}
