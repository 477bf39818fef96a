import type { RecordChange } from "../../platform/database/index.ts";
import type { Database, Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { keepWithinBudgets, listGrantsOfCustomer } from "../grants/index.ts";
import type { CustomerBudgets } from "../grants/index.ts";
import { splitByBound, warningsOfBound, warningsOfHosting, warningsOfRequired } from "../requirements/index.ts";
import type { Requirements, SplitRequirements } from "../requirements/index.ts";
import type { TokenMails } from "../customer-mails/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { noSuchLine, openHeldOrder, recordLineChange, tellTokens } from "./line-access.ts";
import type { HeldDeps, OpenOrder } from "./line-access.ts";
import { isSameSale, recordOf, standingOf, withPurchase } from "./line-state.ts";
import type { GrantTerms, LineRecord, Purchase, Standing } from "./line-state.ts";
import { historyOfLine, momentOf, storeTold, withLine } from "./order-history.ts";
import { isHidden, shownStanding } from "./shown-line.ts";
import { writeLine } from "./write-grants.ts";

export interface SellLineDeps extends HeldDeps {
  budgets: CustomerBudgets;
  mails?: Pick<TokenMails, "lineRenewed"> | undefined;
}

/** What is to be sold with a line, and what that requires. */
export interface LineSale {
  terms: GrantTerms;
  /** Packages granted along with it. */
  dependencies: string[];
  required: SplitRequirements;
  /** What of it nobody hosts, in words. */
  hosting?: string[];
  /** null: now. */
  occurredAt: number | null;
  /** Further facts for the audit record. */
  more?: Record<string, unknown>;
  /** What somebody says of it. */
  reason?: string | null | undefined;
}

export interface SoldLine {
  /** As it stands now for whoever sold it. */
  standing: Standing;
  /** It was not known before. */
  created: boolean;
  /** False where something newer is in force. */
  applied: boolean;
  reason: string | null;
  warnings: string[];
  /** It happened before what is known already. */
  isOvertaken: boolean;
}

/** Reads what a sale needs before its transaction begins: on SQLite everybody waits for that. */
export async function prepareLineSale(
  deps: { requirements: Requirements; database: Pick<Database, "db"> },
  { packageBound }: Pick<Caller, "packageBound">,
  terms: GrantTerms,
  occurredAt: number | null,
  within?: Db,
): Promise<LineSale> {
  const required = splitByBound(packageBound, await deps.requirements.outsideOf(terms, within));
  const dependencies = terms.withDependencies ? required.inside.map(({ name }) => name) : [];
  const hosting = await warningsOfHosting(within ?? deps.database.db, deps.requirements, packageBound, terms, within);
  return { terms, dependencies, required, hosting, occurredAt };
}

/**
 * What a line of an order grants from now on: makes it or replaces it, within the transaction of whoever holds the
 * customer. Its terms must lie within the seller's bound. Records it and tells the customer's tokens.
 */
export async function sellLine(
  deps: SellLineDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  customer: CustomerRow,
  place: { orderId: string; line: string },
  sale: LineSale,
): Promise<SoldLine> {
  const open = await openHeldOrder(deps, trx, changed, customer, place.orderId);
  return await sellInOpenOrder(deps, caller, open, place.line, sale);
}

/** The same in an order that was opened. */
export async function sellInOpenOrder(
  deps: SellLineDeps,
  caller: Caller,
  open: OpenOrder,
  line: string,
  sale: LineSale,
): Promise<SoldLine> {
  const { trx, customer, orderId, now } = open;
  const { packageBound } = caller;
  const earlier = historyOfLine(open, line);
  if (isHidden(earlier, packageBound)) throw noSuchLine();
  const known = recordOf(earlier.line, packageBound);
  const purchase: Purchase = {
    ...momentOf(open, sale.occurredAt),
    terms: sale.terms,
    dependencies: sale.dependencies,
  };
  // A clock that is ahead would have its repetition replace this.
  if (purchase.isByReceipt) purchase.at = Math.max(now, known.purchase?.at ?? 0);
  const before = shownStanding(earlier, packageBound, now);
  const { standing, applied, reason, isOvertaken } = await applyPurchase(deps, caller, open, {
    ...{ line, known, purchase, before, sale },
  });
  const warnings = applied ? await warningsOfSale(open, sale, packageBound) : [];
  if (applied && goesOnLonger(before, standing)) {
    const expiresAt = standing.purchase?.terms.expiresAt ?? null;
    await deps.mails?.lineRenewed(trx, customer.id, { orderId, line, expiresAt });
  }
  return { standing, created: applied && before.purchase === null, applied, reason, warnings, isOvertaken };
}

async function warningsOfSale(
  { trx, customer, now }: OpenOrder,
  { required, hosting = [] }: LineSale,
  packageBound: Caller["packageBound"],
): Promise<string[]> {
  const grants = required.inside.length === 0 ? [] : await listGrantsOfCustomer(trx, customer.id);
  return [
    ...warningsOfRequired(required.inside, { grants, whose: "customer", now }),
    ...warningsOfBound(packageBound, required.outside),
    ...hosting,
  ];
}

/** The line had an end, and has a later one or none now. */
function goesOnLonger({ purchase: before }: Standing, after: Standing): boolean {
  const endBefore = before?.terms.expiresAt ?? null;
  if (after.kind !== "granted" || endBefore === null) return false;
  const { expiresAt } = after.purchase.terms;
  return expiresAt === null || expiresAt > endBefore;
}

interface PurchaseEvent {
  line: string;
  /** What the seller told before. */
  known: LineRecord;
  purchase: Purchase;
  before: Standing;
  sale: LineSale;
}

type Outcome = Pick<SoldLine, "standing" | "applied" | "reason" | "isOvertaken">;

async function applyPurchase(
  deps: SellLineDeps,
  caller: Caller,
  open: OpenOrder,
  { line, known, purchase, before, sale }: PurchaseEvent,
): Promise<Outcome> {
  const { trx, customer, orderId, now } = open;
  const key = { customer: customer.id, orderId, line };
  const record = { ...known, purchase: withPurchase(known.purchase, purchase) };
  const history = historyOfLine(withLine(open, line, record), line);
  const own = standingOf(record, history);
  const isUnchanged = record.purchase === known.purchase;
  const isOvertaken = isUnchanged && !isOfSameSecond(record.purchase, purchase);
  if (isUnchanged && !isOvertaken) return { standing: before, ...outcomeOf(own, purchase), isOvertaken };
  if (!isOvertaken) await storeTold(trx, key, record, purchase, now);
  const overtaken = { bound: known.bound, patterns: purchase.terms.patterns };
  await keepWithinBudgets(deps, trx, customer.id, () =>
    writeLine(trx, key, history, now, isOvertaken ? overtaken : undefined),
  );
  const after = shownStanding(history, known.bound, now);
  const change = { action: "grant.set", line, before, after, occurredAt: purchase.at };
  await recordLineChange(deps, caller, open, { ...change, more: sale.more ?? {}, reason: sale.reason ?? undefined });
  await tellTokens(trx, open.changed, customer.id);
  if (!isOvertaken) return { standing: after, ...outcomeOf(own, purchase), isOvertaken };
  return { standing: after, applied: false, reason: overtakenBy(record.purchase, purchase), isOvertaken };
}

/** Both count then. */
function isOfSameSecond(known: Purchase, told: Purchase): boolean {
  return known.at === told.at && !known.isByReceipt && !told.isByReceipt;
}

function overtakenBy(known: Purchase, told: Purchase): string {
  return known.at > told.at
    ? `Something newer is known of this line: what happened at ${known.at}.`
    : `This line was changed in the same second, ${known.at}, by a call without a time of its own, which counts as the newer one.`;
}

/** What became of a purchase, by how it stands with what its seller told. */
function outcomeOf(standing: Standing, told: Purchase): Pick<Outcome, "applied" | "reason"> {
  switch (standing.kind) {
    case "revoked":
      return { applied: false, reason: `It was cancelled at ${standing.at}, which is the same time or later.` };
    case "replaced":
      return { applied: false, reason: `Something newer is known of this line: what happened at ${standing.at}.` };
    case "released":
      return { applied: true, reason: `A cancellation at ${standing.at} keeps what was released by then.` };
    case "granted":
      return { applied: true, reason: isSameSale(standing.purchase, told) ? null : bothCount(told) };
    case "unknown":
      return { applied: true, reason: null };
  }
}

function bothCount({ at }: Purchase): string {
  return `Another purchase of this line is known of the same second, ${at}: what either of them grants is granted.`;
}
