import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database, Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { listFailedMails } from "../customer-mails/index.ts";
import type { FailedMails } from "../customer-mails/index.ts";
import { getVisibleCustomer, listMergedInto } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { customerRules, matching, readQuoted } from "../search/index.ts";
import type { Usage } from "../usage/index.ts";
import { listCustomerRows, listVariants, sumTokens } from "./customer-account-queries.ts";
import type { TokenSums } from "./customer-account-queries.ts";
import type { CustomerListQuery } from "./customer-schemas.ts";

const DEFAULT_LIMIT = 100;

export interface ReadCustomerDeps {
  database: Pick<Database, "db" | "engine">;
  clock: Clock;
  /** What was counted a moment ago is shown, too. */
  usage: Pick<Usage, "flush">;
}

/** A customer as the API shows it, with what its tokens come to. */
export interface PresentedCustomer {
  id: string;
  customer_id: string;
  shop: string;
  email: string | null;
  created_at: number;
  updated_at: number;
  revoked_at: number | null;
  suspended_at: number | null;
  erased_at: number | null;
  tokens: { active: number; suspended: number; expired: number; revoked: number };
  last_used_at: number | null;
  next_expires_at: number | null;
  /** Mails that failed for good, and were not made up for since; null: all reached it. */
  failed_mails: FailedMails | null;
}

/** A page of the customers the caller sees, newest first, and where the next one begins. */
export async function listCustomers(
  deps: ReadCustomerDeps,
  caller: Caller,
  query: CustomerListQuery,
): Promise<{ customers: PresentedCustomer[]; nextCursor: string | undefined }> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db, engine } = deps.database;
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "cust");
  const found =
    query.q === undefined ? undefined : await matching(db, "customers.id", customerRules(engine, readQuoted(query.q)));
  const rows = await listCustomerRows(db, caller, { after, limit: limit + 1 }, found);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    customers: await presentCustomers(db, page, nowSeconds(deps.clock)),
    nextCursor:
      rows.length > page.length && last !== undefined ? writeCursor({ at: last.created_at, id: last.id }) : undefined,
  };
}

/** By what else a customer is known, or seems to be. */
export interface OtherNames {
  also_known_as: string[];
  variants: string[];
}

/** One customer, as of now. */
export async function readCustomer(
  deps: ReadCustomerDeps,
  caller: Caller,
  customerId: string,
): Promise<PresentedCustomer & OtherNames> {
  await unlessStorageFails(() => deps.usage.flush());
  const { db } = deps.database;
  const row = await getVisibleCustomer(db, caller, customerId);
  const [presented] = await presentCustomers(db, [row], nowSeconds(deps.clock));
  if (presented === undefined) throw new AppError("internal.unexpected", "The customer could not be shown.");
  const merged = await listMergedInto(db, row.id);
  const variants = row.erased_at === null ? await listVariants(db, caller, row) : [];
  return { ...presented, also_known_as: merged.map((one) => one.customer_id), variants };
}

async function presentCustomers(db: Db, rows: readonly CustomerRow[], now: number): Promise<PresentedCustomer[]> {
  const ids = rows.map((row) => row.id);
  const sums = await sumTokens(db, ids, now);
  const failed = await listFailedMails(db, ids);
  return rows.map((row) => presentCustomer(row, sums.get(row.id), failed.get(row.id)));
}

function presentCustomer(
  row: CustomerRow,
  sums: TokenSums | undefined,
  failed: FailedMails | undefined,
): PresentedCustomer {
  const { id, customer_id, shop, email, created_at, updated_at, revoked_at, suspended_at, erased_at } = row;
  return {
    ...{ id, customer_id, shop, email, created_at, updated_at, revoked_at, suspended_at, erased_at },
    tokens: {
      active: sums?.active ?? 0,
      suspended: sums?.suspended ?? 0,
      expired: sums?.expired ?? 0,
      revoked: sums?.revoked ?? 0,
    },
    last_used_at: sums?.last_used_at ?? null,
    next_expires_at: sums?.next_expires_at ?? null,
    failed_mails: failed ?? null,
  };
}
