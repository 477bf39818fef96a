import { nowSeconds } from "../../platform/clock.ts";
import { foreignCursor, readCursor, writeCursor } from "../../platform/http/paging.ts";
import { pageAuditEvents } from "../audit/index.ts";
import type { AuditRecord } from "../audit/index.ts";
import { recordSightOf } from "../audit-events/index.ts";
import type { RecordReader } from "../audit-events/index.ts";
import type { Caller } from "../callers/index.ts";
import { getVisibleCustomer } from "../customers/index.ts";
import { graceUntil, hasEnded } from "../grants/index.ts";
import { listTokens } from "../tokens/index.ts";
import type { PresentedToken } from "../tokens/index.ts";
import { listHeldGrants } from "./customer-account-queries.ts";
import type { HeldGrantRow } from "./customer-account-queries.ts";
import type { CustomerPageQuery, CustomerTokenQuery } from "./customer-schemas.ts";
import type { ReadCustomerDeps } from "./read-customers.ts";

const DEFAULT_LIMIT = 100;

/** The tokens of a customer, newest first; all of them unless a page is asked for. */
export async function listTokensOfCustomer(
  deps: ReadCustomerDeps,
  caller: Caller,
  customerId: string,
  query: CustomerTokenQuery,
): Promise<{ tokens: PresentedToken[]; nextCursor: string | undefined }> {
  const customer = await getVisibleCustomer(deps.database.db, caller, customerId);
  const { status = "all", limit, cursor } = query;
  return await listTokens(
    deps,
    { ...caller, shop: customer.shop },
    { customer_id: customer.customer_id, status, limit, cursor },
  );
}

export type GrantStatus = "active" | "pending" | "suspended" | "lapsed" | "revoked";

/** A grant as the API shows it. */
export interface PresentedGrant {
  id: string;
  token: string | null;
  package_pattern: string;
  version_constraint: string | null;
  stability: string | null;
  updates_until: number | null;
  starts_at: number | null;
  expires_at: number | null;
  grace_until: number | null;
  order_id: string | null;
  line: string | null;
  dependency: boolean;
  occurred_at: number | null;
  status: GrantStatus;
  /** Of the grant, or of its token. */
  revoked_at: number | null;
  /** Of the grant, or of its token. */
  suspended_at: number | null;
  created_at: number;
}

/** A page of what a customer and its tokens may read, or might, newest first. */
export async function listGrantsHeldByCustomer(
  deps: ReadCustomerDeps,
  caller: Caller,
  customerId: string,
  query: CustomerPageQuery,
): Promise<{ grants: PresentedGrant[]; nextCursor: string | undefined }> {
  const { db } = deps.database;
  const customer = await getVisibleCustomer(db, caller, customerId);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "grant");
  const rows = await listHeldGrants(db, customer.id, caller.packageBound, { after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const now = nowSeconds(deps.clock);
  return {
    grants: page.map((row) => presentGrant(row, now)),
    nextCursor:
      rows.length > page.length && last !== undefined ? writeCursor({ at: last.created_at, id: last.id }) : undefined,
  };
}

/** A grant of a token ends with the token, too. */
function statusOfGrant(row: HeldGrantRow, now: number): GrantStatus {
  const token = { expires_at: row.token_expires_at, grace_days: row.token_grace_days };
  if (row.revoked_at !== null || row.token_revoked_at !== null) return "revoked";
  if (hasEnded(row, now) || hasEnded(token, now)) return "lapsed";
  if (row.suspended_at !== null || row.token_suspended_at !== null) return "suspended";
  return row.starts_at !== null && row.starts_at > now ? "pending" : "active";
}

/** A grant as of now. */
export function presentGrant(row: HeldGrantRow, now: number): PresentedGrant {
  const { id, token, package_pattern, version_constraint, stability, updates_until } = row;
  const { starts_at, expires_at, order_id, line, occurred_at, created_at } = row;
  return {
    ...{ id, token, package_pattern, version_constraint, stability, updates_until },
    ...{ starts_at, expires_at, grace_until: graceUntil(expires_at, row.grace_days), order_id, line },
    ...{ dependency: row.is_dependency === 1, occurred_at, status: statusOfGrant(row, now) },
    ...{ revoked_at: row.revoked_at ?? row.token_revoked_at },
    ...{ suspended_at: row.suspended_at ?? row.token_suspended_at, created_at },
  };
}

/** A page of the audit records of a customer and its tokens, newest first. */
export async function listHistoryOfCustomer(
  deps: ReadCustomerDeps,
  caller: RecordReader,
  customerId: string,
  query: CustomerPageQuery,
): Promise<{ records: AuditRecord[]; nextCursor: string | undefined }> {
  const { db } = deps.database;
  const customer = await getVisibleCustomer(db, caller, customerId);
  const after = query.cursor === undefined ? undefined : Buffer.from(query.cursor, "base64url").toString("latin1");
  if (after !== undefined && !/^evt_[0-9A-Za-z]{1,40}$/.test(after)) throw foreignCursor();
  const selection = {
    ...{ customerId: customer.customer_id, visible: { shop: customer.shop, withShopless: false } },
    sight: recordSightOf(db, caller),
  };
  const page = await pageAuditEvents({ db }, selection, { limit: query.limit ?? DEFAULT_LIMIT, after });
  if (page === undefined) throw foreignCursor();
  const nextCursor = page.next === undefined ? undefined : Buffer.from(page.next).toString("base64url");
  return { records: page.records, nextCursor };
}
