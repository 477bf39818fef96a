import { nowSeconds } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer } from "../customers/index.ts";
import { getVisibleToken } from "../tokens/index.ts";
import type { Usage } from "../usage/index.ts";
import { findSharingRow, listSharingRows, markDismissed } from "./sharing-queries.ts";
import type { SharingRow } from "./sharing-queries.ts";
import type { SharingListQuery } from "./sharing-schemas.ts";

const DEFAULT_LIMIT = 100;
/** An older suspicion was not repeated since, or it would be a new one. */
const SHOWN_SECONDS = 30 * 86_400;

export interface SharingSignalDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  usage: Pick<Usage, "flush">;
}

/** A signal as the API shows it. */
export interface PresentedSignal {
  token_id: string;
  last_four: string;
  description: string;
  shop: string;
  customer_id: string | null;
  networks: number;
  days: number;
  suspected_at: number;
  dismissed_at: number | null;
}

/** A page of the signals of tokens the caller sees, the newest first, and where the next one begins. */
export async function listSharingSignals(
  deps: SharingSignalDeps,
  caller: Caller,
  query: SharingListQuery,
): Promise<{ signals: PresentedSignal[]; nextCursor: string | undefined }> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const { token_id, customer_id, status = "open", limit = DEFAULT_LIMIT, cursor } = query;
  const token = token_id === undefined ? undefined : (await getVisibleToken(db, caller, token_id)).id;
  const customer = customer_id === undefined ? undefined : (await getVisibleCustomer(db, caller, customer_id)).id;
  const after = cursor === undefined ? undefined : readCursor(cursor, "token");
  const since = nowSeconds(deps.clock) - SHOWN_SECONDS;
  const rows = await listSharingRows(db, caller, { token, customer, status, since, after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    signals: page.map(presentSignal),
    nextCursor:
      rows.length > page.length && last !== undefined
        ? writeCursor({ at: last.suspected_at, id: last.token })
        : undefined,
  };
}

/** Quiets the signal of a token; 404 where there is none, or it is nothing the caller sees. */
export async function dismissSharingSignal(
  deps: SharingSignalDeps,
  caller: Caller,
  tokenId: string,
): Promise<PresentedSignal> {
  return await deps.database.transaction(async (trx) => {
    const token = await getVisibleToken(trx, caller, tokenId);
    const isNew = await markDismissed(trx, token.id, nowSeconds(deps.clock));
    const row = await findSharingRow(trx, caller, token.id);
    if (row === undefined) throw new AppError("resource.not_found", "Nothing was told of this token.");
    if (isNew) {
      await recordAuditEvent(deps, trx, caller.actor, {
        action: "token.sharing_dismissed",
        target: { kind: "token", id: token.id },
        ...{ shop: token.shop, customer: token.customer },
        details: { after: { networks: row.networks, days: row.days } },
      });
    }
    return presentSignal(row);
  });
}

function presentSignal(row: SharingRow): PresentedSignal {
  const { token: token_id, last_four, description, shop, customer_id, networks, days } = row;
  const { suspected_at, dismissed_at } = row;
  return { token_id, last_four, description, shop, customer_id, networks, days, suspected_at, dismissed_at };
}
