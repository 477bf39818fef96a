import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { walkAuditEvents } from "../audit/index.ts";
import type { AuditRecord, SightedSelection } from "../audit/index.ts";
import { recordSightOf } from "../audit-events/index.ts";
import type { Principal, Scope } from "../callers/index.ts";
import { listGrantsHeldByCustomer, presentGrant, readCustomer } from "../customer-accounts/index.ts";
import type { PresentedCustomer, PresentedGrant, ReadCustomerDeps } from "../customer-accounts/index.ts";
import { listHeldLines } from "../customer-grants/index.ts";
import type { HeldGrantLine } from "../customer-grants/index.ts";
import { listHeldMails } from "../customer-mails/index.ts";
import type { HeldMail } from "../customer-mails/index.ts";
import { listGrantsOfToken, namesOutsideBound } from "../grants/index.ts";
import { getVisibleToken, listTokens, presentTokens } from "../tokens/index.ts";
import type { PresentedToken } from "../tokens/index.ts";
import { listHeldMessages } from "../webhooks/index.ts";
import type { HeldMessage } from "../webhooks/index.ts";
import { listDownloads, listNetworkDays, listUsageDays } from "./personal-data-queries.ts";
import type { DownloadRow, NetworkDayRow, UsageDayRow, Whose } from "./personal-data-queries.ts";

/** Everything that is held of somebody. A part is null where the caller lacks the scope that `left_out` names. */
export interface PersonalData {
  exported_at: number;
  left_out: Scope[];
  customer: PresentedCustomer | null;
  tokens: PresentedToken[] | null;
  grants: PresentedGrant[] | null;
  grant_lines: HeldGrantLine[] | null;
  usage_days: UsageDayRow[] | null;
  downloads: DownloadRow[] | null;
  network_days: NetworkDayRow[] | null;
  history: AuditRecord[] | null;
  mails: HeldMail[] | null;
  webhook_messages: HeldMessage[] | null;
}

/** More than anybody has; a page of everything. */
const ALL = 1_000_000;

/** Everything held of a customer, without secrets; with a number of questions to the database that does not grow with its tokens. */
export async function exportCustomer(
  deps: ReadCustomerDeps,
  caller: Principal,
  customerId: string,
): Promise<PersonalData & { customer: PresentedCustomer }> {
  const { db } = deps.database;
  const customer = await readCustomer(deps, caller, customerId);
  const { id, shop } = customer;
  const may = partsFor(caller);
  const ofShop = { ...caller, shop };
  const tokens = await may("tokens:read", async () => {
    return (await listTokens(deps, ofShop, { customer_id: customer.customer_id, status: "all" })).tokens;
  });
  const about = { customer: id, tokens: (tokens ?? []).map((token) => token.id) };
  return {
    ...{ exported_at: nowSeconds(deps.clock), customer, tokens },
    grants: await may("grants:read", async () => {
      return (await listGrantsHeldByCustomer(deps, ofShop, customerId, { limit: ALL })).grants;
    }),
    grant_lines: await may("grants:read", () => listHeldLines(db, id, caller.packageBound)),
    ...(await readUsage(db, may, caller, { customer: id })),
    history: await may("customers:read", () =>
      readHistory(db, {
        ...{ customerId: customer.customer_id, visible: { shop, withShopless: false } },
        sight: recordSightOf(db, caller),
      }),
    ),
    mails: await may("tokens:read", () => listHeldMails(db, { customer: id })),
    webhook_messages: await may("webhooks:read", async () => existing(caller, await listHeldMessages(db, about))),
    left_out: may.leftOut(),
  };
}

/** The same of one token, for guests, who are no customer; a customer's token is shown without what is the customer's. */
export async function exportToken(deps: ReadCustomerDeps, caller: Principal, tokenId: string): Promise<PersonalData> {
  const { db } = deps.database;
  await deps.usage.flush();
  const now = nowSeconds(deps.clock);
  const row = await getVisibleToken(db, caller, tokenId);
  const may = partsFor(caller);
  const ends = {
    token_expires_at: row.expires_at,
    token_grace_days: row.grace_days,
    token_revoked_at: row.revoked_at,
    token_suspended_at: row.suspended_at,
  };
  return {
    ...{ exported_at: now, customer: null, tokens: await presentTokens(db, [row], now), grant_lines: null },
    grants: await may("grants:read", async () => {
      const grants = existing(caller, await listGrantsOfToken(db, row.id));
      return grants.map((grant) => presentGrant({ ...grant, ...ends }, now));
    }),
    ...(await readUsage(db, may, caller, { token: row.id })),
    history: await may("tokens:read", () => readHistory(db, { target: row.id, sight: recordSightOf(db, caller) })),
    mails: await may("tokens:read", () => listHeldMails(db, { token: row.id })),
    webhook_messages: await may("webhooks:read", async () =>
      existing(caller, await listHeldMessages(db, { customer: null, tokens: [row.id] })),
    ),
    left_out: may.leftOut(),
  };
}

type Parts = (<T>(scope: Scope, read: () => Promise<T>) => Promise<T | null>) & { leftOut: () => Scope[] };

/** Reads what the caller may read elsewhere as well, and remembers what it may not. */
function partsFor({ scopes }: Principal): Parts {
  const missing = new Set<Scope>();
  const read = async <T>(scope: Scope, part: () => Promise<T>): Promise<T | null> => {
    if (scopes.has(scope)) return await part();
    missing.add(scope);
    return null;
  };
  return Object.assign(read, { leftOut: () => [...missing] });
}

async function readUsage(
  db: Db,
  may: Parts,
  caller: Principal,
  whose: Whose,
): Promise<Pick<PersonalData, "usage_days" | "downloads" | "network_days">> {
  return {
    usage_days: await may("usage:read", () => listUsageDays(db, whose)),
    downloads: await may("usage:read", async () => existing(caller, await listDownloads(db, whose))),
    network_days: await may("usage:read", () => listNetworkDays(db, whose)),
  };
}

/** Of these what exists for the caller: nothing that names a package outside of its bound. */
function existing<T>({ packageBound }: Principal, all: T[]): T[] {
  return packageBound === null ? all : all.filter((one) => namesOutsideBound(one, packageBound).length === 0);
}

async function readHistory(db: Db, selection: SightedSelection): Promise<AuditRecord[]> {
  const records: AuditRecord[] = [];
  for await (const some of walkAuditEvents({ db }, selection)) records.push(...some);
  return records;
}
