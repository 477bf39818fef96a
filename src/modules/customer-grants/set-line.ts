import { InvalidConstraintError, parseConstraint } from "../../composer/index.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError, invalidFields } from "../../platform/errors.ts";
import type { FieldError } from "../../platform/errors.ts";
import type { Caller } from "../callers/index.ts";
import {
  accessTo,
  compileGrant,
  listGrantsOfCustomer,
  opensPackage,
  patternsOutsideBound,
  readPatterns,
} from "../grants/index.ts";
import type { TokenMails } from "../customer-mails/index.ts";
import type { LineParams, SetGrantLineBody } from "./grant-schemas.ts";
import {
  openOrder,
  recordLineChange,
  refuseFuture,
  refuseOutsideLine,
  tellTokens,
  withShopOfPath,
} from "./line-access.ts";
import type { GrantDeps, OpenOrder } from "./line-access.ts";
import { changeEmail } from "./change-email.ts";
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";
import { storeLine } from "./line-queries.ts";
import { UNKNOWN_LINE, concerns, isSameTerms, standingOf, told, withPurchase } from "./line-state.ts";
import type { Cancellation, GrantTerms, LineRecord, Purchase, Standing } from "./line-state.ts";
import type { Requirement, Requirements } from "./requirements.ts";
import { writeGrants } from "./write-grants.ts";

export interface SetLineDeps extends GrantDeps {
  requirements: Requirements;
  mails?: Pick<TokenMails, "lineRenewed"> | undefined;
}

export interface SetLineResult {
  /** The line was not known before. */
  created: boolean;
  line: PresentedLine & { applied: boolean; reason: string | null; warnings: string[] };
}

/**
 * What a line of an order grants from now on: makes it or replaces it, and makes the customer if need be. Repeating
 * it changes nothing, and of two events the one that happened later counts, whichever came first; a cancellation of
 * the same second wins. Throws `request.invalid`, and `auth.outside_bound` for packages the caller may not grant.
 */
export async function setGrantLine(
  deps: SetLineDeps,
  caller: Caller,
  path: LineParams,
  input: SetGrantLineBody,
): Promise<SetLineResult> {
  const seller = await withShopOfPath(deps.database.db, caller, path.shop);
  const terms = readTerms(input);
  refuseFuture(input.occurred_at, nowSeconds(deps.clock), "/occurred_at");
  // Before the transaction: on SQLite everybody waits for it.
  const required = await deps.requirements.outsideOf(terms);
  const { inside, outside } = splitByBound(seller, required);
  const included = terms.withDependencies ? inside : [];
  return await deps.database.transaction(async (trx, changed) => {
    const open = await openOrder(deps, trx, changed, path);
    const known: LineRecord = open.lines.find(({ line }) => line === path.line) ?? UNKNOWN_LINE;
    refuseOutsideLine(seller, known);
    refuseOutsideBound(seller, input, terms);
    const sold = { terms, dependencies: included.map(({ name }) => name), within: seller.packageBound, beneath: null };
    const purchase = { ...sold, ...timeOf(input, open, known, sold) };
    const { standing, applied, reason, isOvertaken } = await applyPurchase(deps, seller, open, {
      ...{ line: path.line, known, purchase },
    });
    const presented = presentLine(path, standing, open.now);
    if (presented === undefined) throw new AppError("internal.unexpected", "The grant could not be stored.");
    const warnings = applied ? [...(await warningsFor(open, inside)), ...warningsOfBound(seller, outside)] : [];
    if (applied && goesOnLonger(known, standing)) {
      const expiresAt = standing.purchase?.terms.expiresAt ?? null;
      await deps.mails?.lineRenewed(trx, open.customer.id, { orderId: path.order_id, line: path.line, expiresAt });
    }
    if (!isOvertaken) warnings.push(...(await changeEmail(deps, seller, open, input.email ?? undefined)));
    return { created: applied && known.purchase === null, line: { ...presented, applied, reason, warnings } };
  });
}

/** The line had an end, and has a later one or none now. */
function goesOnLonger({ purchase: before }: LineRecord, { kind, purchase: after }: Standing): boolean {
  const endBefore = before?.terms.expiresAt ?? null;
  if (kind !== "granted" || endBefore === null) return false;
  return after.terms.expiresAt === null || after.terms.expiresAt > endBefore;
}

interface PurchaseEvent {
  line: string;
  known: LineRecord;
  purchase: Purchase;
}

interface Outcome {
  standing: Standing;
  applied: boolean;
  reason: string | null;
  /** Something newer was known. */
  isOvertaken: boolean;
}

async function applyPurchase(
  deps: GrantDeps,
  caller: Caller,
  open: OpenOrder,
  { line, known, purchase }: PurchaseEvent,
): Promise<Outcome> {
  const { trx, customer, orderId, now } = open;
  const key = { customer: customer.id, orderId, line };
  const levels = [open.order, open.all];
  const before = standingOf(known, levels);
  const last = purchase.within === null ? told(known.purchase) : known.purchase;
  const isRepetition = last?.at === purchase.at && isSameTerms(last.terms, purchase.terms);
  if (isRepetition && !purchase.isByReceipt) return { standing: before, ...outcomeOf(before), isOvertaken: false };
  const next = withPurchase(known.purchase, purchase);
  const record = { ...known, purchase: next ?? known.purchase };
  const after = standingOf(record, levels);
  const isOvertaken = next === undefined || next.beneath === purchase;
  if (next !== undefined) await storeLine(trx, key, record, now);
  await writeGrants(trx, key, after, isOvertaken ? purchase.terms.patterns : [], now);
  await recordLineChange(deps, caller, open, { action: "grant.set", line, before, after, occurredAt: purchase.at });
  await tellTokens(open);
  if (!isOvertaken) return { standing: after, ...outcomeOf(after), isOvertaken };
  const reason = `Something newer is known of this line: what happened at ${known.purchase?.at ?? 0}.`;
  return { standing: after, applied: false, reason, isOvertaken };
}

function outcomeOf(standing: Standing): { applied: boolean; reason: string | null } {
  switch (standing.kind) {
    case "revoked":
      return { applied: false, reason: `It was cancelled at ${standing.at}, which is the same time or later.` };
    case "released":
      return { applied: true, reason: `A cancellation at ${standing.at} keeps what was released by then.` };
    case "granted":
    case "unknown":
      return { applied: true, reason: null };
  }
}

/**
 * Without a time of its own an event is the newest we know, also when the clock of another one was ahead. What was told
 * within a bound moves nothing but what it is compared with.
 */
function timeOf(
  input: SetGrantLineBody,
  { now, order, all }: OpenOrder,
  known: LineRecord,
  sold: Omit<Purchase, "at" | "since" | "isByReceipt">,
): Pick<Purchase, "at" | "since" | "isByReceipt"> {
  const { occurred_at: occurredAt } = input;
  if (occurredAt !== null && occurredAt !== undefined) {
    return { at: occurredAt, since: occurredAt, isByReceipt: false };
  }
  const purchase = { ...sold, at: now, since: now, isByReceipt: true };
  const ahead = [known, order, all]
    .flatMap(({ revocations, releases }) => [...revocations, ...releases])
    .filter((one) => one.at > now && concerns(one, purchase));
  const after = (some: readonly Cancellation[]) => some.map(({ at }) => at + 1);
  const since = Math.max(now, known.purchase?.at ?? 0, known.purchase?.since ?? 0, ...after(ahead));
  if (sold.within !== null) return { at: since, since, isByReceipt: true };
  const wide = ahead.filter(({ within }) => within === null);
  const at = Math.max(now, told(known.purchase)?.at ?? 0, ...after(wide));
  return { at, since: Math.max(at, since), isByReceipt: true };
}

function readTerms(input: SetGrantLineBody): GrantTerms {
  const errors: FieldError[] = [];
  const { patterns, errors: wrong } = readPatterns(input.packages ?? [], "/packages");
  errors.push(...wrong);
  if (input.package !== null && input.package !== undefined) {
    const single = readPatterns([input.package], "/package");
    patterns.push(...single.patterns);
    // Its pointer names an entry of a list, which this is not.
    errors.push(...single.errors.map(({ detail }) => ({ pointer: "/package", detail })));
    if (input.packages) errors.push({ pointer: "/package", detail: "and /packages: send one of them" });
  } else if (!input.packages) {
    errors.push({ pointer: "/package", detail: "is missing: name what was sold, here or as a list in /packages" });
  }
  errors.push(...constraintErrors(input.constraint ?? null));
  const { starts_at: startsAt = null, expires_at: expiresAt = null } = input;
  if (startsAt !== null && expiresAt !== null && expiresAt <= startsAt) {
    errors.push({ pointer: "/expires_at", detail: "is not later than /starts_at" });
  }
  if (errors.length > 0) throw invalidFields(errors);
  return {
    patterns: patterns.sort(),
    constraint: input.constraint ?? null,
    stability: input.stability ?? null,
    updatesUntil: input.updates_until ?? null,
    ...{ startsAt, expiresAt, withDependencies: input.with_dependencies ?? false },
  };
}

function constraintErrors(text: string | null): FieldError[] {
  if (text === null) return [];
  try {
    parseConstraint(text);
    return [];
  } catch (error) {
    if (error instanceof InvalidConstraintError) return [{ pointer: "/constraint", detail: error.message }];
    throw error;
  }
}

/** Nobody grants wider than their own bound. */
function refuseOutsideBound(caller: Caller, input: SetGrantLineBody, { patterns }: GrantTerms): void {
  if (caller.packageBound === null) return;
  const outside = patternsOutsideBound(patterns, caller.packageBound);
  if (outside.length === 0) return;
  const pointer = input.packages ? "/packages" : "/package";
  const detail = `reaches past this management token, which may grant ${caller.packageBound.join(", ")}: ${outside.join(", ")}`;
  throw new AppError("auth.outside_bound", `${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}

function splitByBound({ packageBound }: Caller, required: readonly Requirement[]) {
  if (packageBound === null) return { inside: [...required], outside: [] };
  const names = required.map(({ name }) => name);
  const refused = new Set(patternsOutsideBound(names, packageBound));
  return {
    inside: required.filter(({ name }) => !refused.has(name)),
    outside: required.filter(({ name }) => refused.has(name)),
  };
}

/** What of the requirements no grant of the customer covers: composer will fail on it. */
async function warningsFor({ trx, customer, now }: OpenOrder, required: readonly Requirement[]): Promise<string[]> {
  if (required.length === 0) return [];
  const grants = (await listGrantsOfCustomer(trx, customer.id)).flatMap((row) => compileGrant(row) ?? []);
  const isCovered = (name: string) => opensPackage(accessTo(grants, name, now));
  return required
    .filter(({ name }) => !isCovered(name))
    .map(
      ({ name, requiredBy }) =>
        `${requiredBy} requires ${name}, which is not granted to this customer: grant it too, or send "with_dependencies": true.`,
    );
}

/** What lies outside of a bound is not named, and neither is whether the customer has it. */
function warningsOfBound({ packageBound }: Caller, outside: readonly Requirement[]): string[] {
  const requiring = [...new Set(outside.map(({ requiredBy }) => requiredBy))];
  const hidden = new Set(patternsOutsideBound(requiring, packageBound ?? []));
  return requiring
    .filter((name) => !hidden.has(name))
    .map(
      (name) => `${name} requires a package that this management token may not grant: the customer needs it as well.`,
    );
}
