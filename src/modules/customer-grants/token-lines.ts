import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { findCustomerById } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { EVERYTHING_PATTERN } from "../grants/index.ts";
import type { KnownLine, LinePlace, LineTerms, TokenLines } from "../tokens/index.ts";
import { cancelOneLine } from "./cancel-lines.ts";
import { openHeldOrder } from "./line-access.ts";
import type { GrantDeps } from "./line-access.ts";
import { boundKey } from "./line-state.ts";
import type { GrantTerms, Purchase } from "./line-state.ts";
import { historyOfLine, readOrder } from "./order-history.ts";
import type { OrderHistory } from "./order-history.ts";
import type { Requirements } from "../requirements/index.ts";
import { createLineRenewals } from "./renew-line.ts";
import { prepareLineSale, sellLine } from "./sell-line.ts";
import type { LineSale, SellLineDeps } from "./sell-line.ts";
import { shownStanding } from "./shown-line.ts";

export interface TokenLineDeps extends SellLineDeps, GrantDeps {
  requirements: Requirements;
}

/** The lines that tokens are sold with, where there is one credential per customer. */
export function createTokenLines(deps: TokenLineDeps): TokenLines {
  return {
    async prepare(db, caller, terms) {
      return { terms, prepared: await prepare(deps, db, caller, terms) };
    },
    async find(trx, caller, { customer, orderId, line }) {
      const order = await readOrder(trx, customer, orderId);
      const standing = shownStanding(historyOfLine(order, line), caller.packageBound, nowSeconds(deps.clock));
      if (standing.purchase === null) return isCancelled(order, caller) ? ENDED_UNSOLD : undefined;
      const hasEnded = standing.kind === "revoked" || standing.kind === "replaced";
      const isWhole = standing.kind === "granted" && standing.purchase.terms.startsAt === null;
      return { hasEnded, isWhole, terms: toTokenTerms(standing.purchase) };
    },
    async sell(trx, changed, caller, place, sale) {
      const customer = await getCustomer(trx, place);
      // Whoever buys is told of the new token; the line is no renewal of anything.
      const { warnings } = await sellLine(deps, trx, changed, caller, customer, place, sale.prepared as LineSale);
      return warnings;
    },
    async change(trx, changed, caller, place, { patterns, graceDays, withDependencies, dependencies: _as, ...terms }) {
      const order = await readOrder(trx, place.customer, place.orderId);
      const now = nowSeconds(deps.clock);
      const standing = shownStanding(historyOfLine(order, place.line), caller.packageBound, now);
      const { purchase } = standing;
      if (purchase === null) throw new AppError("resource.conflict", "Nothing is known of the line of this token.");
      if (standing.kind !== "granted" && standing.kind !== "released") refuseCancelled(standing.at);
      const sold = soldAgain(purchase, {
        ...terms,
        patterns: [...patterns].sort(),
        ...(graceDays === undefined ? {} : { graceDays }),
        ...(withDependencies === undefined ? {} : { withDependencies }),
      });
      await sellLine(deps, trx, changed, caller, await getCustomer(trx, place), place, sold);
    },
    reopen: (trx, changed, caller, place, at) => reopen(deps, { trx, changed, caller }, place, at),
    ...createLineRenewals(deps),
    cancel: (trx, changed, caller, place, kept) => cancel(deps, { trx, changed, caller }, place, kept),
  };
}

async function prepare(deps: TokenLineDeps, db: Db, caller: Caller, terms: LineTerms): Promise<LineSale> {
  const all: GrantTerms = {
    patterns: [...terms.patterns].sort(),
    constraint: terms.constraint,
    stability: terms.stability,
    updatesUntil: terms.updatesUntil,
    startsAt: null,
    expiresAt: terms.expiresAt,
    graceDays: terms.graceDays ?? 0,
    withDependencies: terms.withDependencies ?? false,
  };
  // Nothing lies outside of everything.
  if (all.patterns.includes(EVERYTHING_PATTERN)) {
    return { terms: all, dependencies: [], required: { inside: [], outside: [] }, occurredAt: null };
  }
  const sale = await prepareLineSale(deps, caller, all, null, db);
  return terms.dependencies === undefined ? sale : { ...sale, dependencies: [...terms.dependencies] };
}

/** The same purchase with other terms, or none others: what was granted along with it goes on with it. */
function soldAgain({ terms, dependencies }: Purchase, next: Partial<GrantTerms>): LineSale {
  return { terms: { ...terms, ...next }, dependencies, required: { inside: [], outside: [] }, occurredAt: null };
}

const ENDED_UNSOLD: KnownLine = { hasEnded: true, isWhole: false, terms: undefined };

/** The order was cancelled as a whole before this was sold, by who could cancel it. */
function isCancelled({ order }: OrderHistory, { packageBound }: Caller): boolean {
  return order.some(
    ({ bound, revocations }) =>
      revocations.length > 0 && (bound === null || boundKey(bound) === boundKey(packageBound)),
  );
}

function toTokenTerms({ terms, dependencies }: Purchase): LineTerms {
  const { patterns, constraint, stability, updatesUntil, expiresAt, graceDays } = terms;
  return { patterns, constraint, stability, updatesUntil, expiresAt, graceDays, dependencies };
}

async function getCustomer(trx: Db, { customer: id }: LinePlace): Promise<CustomerRow> {
  const customer = await findCustomerById(trx, id);
  if (customer === undefined) throw new AppError("internal.unexpected", "The customer of a line is not there.");
  return customer;
}

/** Of one cancellation after the other each knows of the one before. */
async function cancel(
  deps: TokenLineDeps,
  { trx, changed, caller }: { trx: Db; changed: RecordChange; caller: Caller },
  place: LinePlace,
  kept: readonly string[],
): Promise<void> {
  const customer = await getCustomer(trx, place);
  const { lines } = await readOrder(trx, place.customer, place.orderId);
  for (const line of lines.keys()) {
    if (line !== place.line && kept.includes(line)) continue;
    const open = await openHeldOrder(deps, trx, changed, customer, place.orderId);
    const { kind } = shownStanding(historyOfLine(open, line), caller.packageBound, open.now);
    if (kind !== "granted" && kind !== "released") continue;
    await cancelOneLine(deps, caller, open, line, { kind: "revoke", occurredAt: null });
  }
}

/** Otherwise a change of terms would be a purchase, newer than what ended it. */
function refuseCancelled(at: number): never {
  throw new AppError(
    "resource.conflict",
    `What this token was sold with was cancelled at ${at}, so there is nothing to change: restore it, or sell it again.`,
  );
}

/** With the lines of the order that ended in the same moment; what had ended before that stays ended. */
async function reopen(
  deps: TokenLineDeps,
  { trx, changed, caller }: { trx: Db; changed: RecordChange; caller: Caller },
  place: LinePlace,
  at: number,
): Promise<void> {
  const customer = await getCustomer(trx, place);
  const order = await readOrder(trx, place.customer, place.orderId);
  const now = nowSeconds(deps.clock);
  const standingOf = (line: string) => shownStanding(historyOfLine(order, line), caller.packageBound, now);
  for (const line of order.lines.keys()) {
    const standing = standingOf(line);
    if (standing.kind !== "revoked" || standing.at !== at || standing.purchase === null) continue;
    await sellLine(deps, trx, changed, caller, customer, { ...place, line }, soldAgain(standing.purchase, {}));
  }
}
