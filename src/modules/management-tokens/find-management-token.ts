import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Engine } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database, Db } from "../../schema.ts";
import { findPreviousSecret } from "../rotated-secrets/index.ts";
import type { PresentedPreviousSecret } from "../rotated-secrets/index.ts";
import { boundOf, presentManagementToken } from "./management-token-presenter.ts";
import type { ManagementTokenSummary } from "./management-token-presenter.ts";
import { findManagementToken, listManagementTokenRowsOfShop, lockManagementToken } from "./management-token-queries.ts";
import type { ManagementTokenRow } from "./management-token-queries.ts";
import { isWithinBound } from "./own-limits.ts";
import type { Caller } from "../callers/index.ts";

const DEFAULT_LIMIT = 100;
const ROWS_AT_ONCE = 500;
const ID = /^mgmt_[0-9A-Za-z]{1,40}$/;

interface FindDeps {
  database: Pick<Database, "db">;
  clock: Clock;
}

/** What a caller may not see does not exist for it. */
export async function getVisibleManagementToken(db: Db, caller: Caller, id: string): Promise<ManagementTokenRow> {
  const row = ID.test(id) ? await findManagementToken(db, id) : undefined;
  if (row === undefined || !isVisible(caller, row)) {
    throw new AppError("resource.not_found", `There is no management token ${id}.`);
  }
  return row;
}

/** The management token, held still until the transaction ends. */
export async function getManagementTokenForChange(
  trx: Db,
  engine: Engine,
  caller: Caller,
  id: string,
): Promise<ManagementTokenRow> {
  if (ID.test(id)) await lockManagementToken(trx, engine, id);
  return await getVisibleManagementToken(trx, caller, id);
}

function isVisible(caller: Caller, row: ManagementTokenRow): boolean {
  return (caller.shop === null || caller.shop === row.shop) && isWithinBound(caller, boundOf(row));
}

export type ManagementTokenDetail = ManagementTokenSummary & { previous_secret: PresentedPreviousSecret | null };

export async function readManagementToken(deps: FindDeps, caller: Caller, id: string): Promise<ManagementTokenDetail> {
  const { db } = deps.database;
  const row = await getVisibleManagementToken(db, caller, id);
  return {
    ...presentManagementToken(row, nowSeconds(deps.clock)),
    previous_secret: await findPreviousSecret(db, { kind: "management_token", id }),
  };
}

/** A page of the management tokens of the caller's shop, or of all, newest first, and where the next one begins. */
export async function listShopManagementTokens(
  deps: FindDeps,
  caller: Caller,
  query: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ tokens: ManagementTokenSummary[]; nextCursor: string | undefined }> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  let after = query.cursor === undefined ? undefined : readCursor(query.cursor, "mgmt");
  const visible: ManagementTokenRow[] = [];
  // Bounds are lists in a column, which SQL cannot compare on both engines alike.
  for (;;) {
    const rows = await listManagementTokenRowsOfShop(deps.database.db, caller.shop, { after, limit: ROWS_AT_ONCE });
    visible.push(...rows.filter((row) => isVisible(caller, row)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE || visible.length > limit) break;
    after = { at: last.created_at, id: last.id };
  }
  const page = visible.slice(0, limit);
  const end = page.at(-1);
  const now = nowSeconds(deps.clock);
  return {
    tokens: page.map((row) => presentManagementToken(row, now)),
    nextCursor:
      visible.length > limit && end !== undefined ? writeCursor({ at: end.created_at, id: end.id }) : undefined,
  };
}
