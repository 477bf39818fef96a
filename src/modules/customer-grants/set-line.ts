import { InvalidConstraintError, parseConstraint } from "../../composer/index.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { FieldError } from "../../platform/errors.ts";
import type { Caller } from "../callers/index.ts";
import { updateCustomerEmail } from "../customers/index.ts";
import { accessTo, compileGrant, listGrantsOfCustomer, patternsOutsideBound, readPatterns } from "../grants/index.ts";
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
import { presentLine } from "./line-presenter.ts";
import type { PresentedLine } from "./line-presenter.ts";
import { storeLine } from "./line-queries.ts";
import { UNKNOWN_LINE, isSameTerms, standingOf, supersedes } from "./line-state.ts";
import type { GrantTerms, LineRecord, Purchase, Standing } from "./line-state.ts";
import type { Requirement, Requirements } from "./requirements.ts";
import { writeGrants } from "./write-grants.ts";

export interface SetLineDeps extends GrantDeps {
  requirements: Requirements;
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
  const { included, refused } = splitByBound(seller, terms.withDependencies ? required : []);
  return await deps.database.transaction(async (trx, changed) => {
    const open = await openOrder(deps, trx, changed, path);
    const known: LineRecord = open.lines.find(({ line }) => line === path.line) ?? UNKNOWN_LINE;
    refuseOutsideLine(seller, known);
    refuseOutsideBound(seller, input, terms);
    const purchase = { ...timeOf(input, open, known), terms, dependencies: included.map(({ name }) => name) };
    const event = { line: path.line, email: input.email ?? undefined, known, purchase };
    const { standing, applied, reason } = await applyPurchase(deps, seller, open, event);
    const presented = presentLine(path, standing, open.now);
    if (presented === undefined) throw new AppError("internal.unexpected", "The grant could not be stored.");
    const warnings = applied ? await warningsFor(open, required, refused) : [];
    return { created: applied && known.purchase === null, line: { ...presented, applied, reason, warnings } };
  });
}

interface PurchaseEvent {
  line: string;
  email: string | undefined;
  known: LineRecord;
  purchase: Purchase;
}

async function applyPurchase(
  deps: GrantDeps,
  caller: Caller,
  open: OpenOrder,
  { line, email, known, purchase }: PurchaseEvent,
): Promise<{ standing: Standing; applied: boolean; reason: string | null }> {
  const { trx, customer, orderId, now } = open;
  const key = { customer: customer.id, orderId, line };
  const levels = [open.order, open.all];
  const before = standingOf(known, levels);
  const isRepetition = known.purchase?.at === purchase.at && isSameTerms(known.purchase.terms, purchase.terms);
  if (isRepetition && !purchase.isByReceipt) return { standing: before, ...outcomeOf(before) };
  if (!supersedes(purchase, known.purchase)) {
    await writeGrants(trx, key, before, purchase.terms.patterns, now);
    const reason = `Something newer is known of this line: what happened at ${known.purchase?.at ?? 0}.`;
    return { standing: before, applied: false, reason };
  }
  const record = { ...known, purchase };
  const after = standingOf(record, levels);
  await storeLine(trx, key, record, now);
  await writeGrants(trx, key, after, [], now);
  const newEmail = email === undefined || email === customer.email ? undefined : email;
  if (newEmail !== undefined) await updateCustomerEmail(trx, customer.id, newEmail, now);
  const change = { action: "grant.set", line, before, after, occurredAt: purchase.at, email: newEmail };
  await recordLineChange(deps, caller, open, change);
  await tellTokens(open);
  return { standing: after, ...outcomeOf(after) };
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

/** Without a time of its own an event is the newest we know, also when the clock of another one was ahead. */
function timeOf(input: SetGrantLineBody, { now }: OpenOrder, known: LineRecord): Pick<Purchase, "at" | "isByReceipt"> {
  const { occurred_at: occurredAt } = input;
  if (occurredAt !== null && occurredAt !== undefined) return { at: occurredAt, isByReceipt: false };
  return { at: Math.max(now, known.purchase?.at ?? 0), isByReceipt: true };
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
  if (errors.length > 0) {
    const detail = errors.map((error) => `${error.pointer} ${error.detail}`).join("; ");
    throw new AppError("request.invalid", `The request is not valid: ${detail}`, { errors });
  }
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

function splitByBound({ packageBound }: Caller, required: Requirement[]) {
  const refused = new Set(
    packageBound === null
      ? []
      : patternsOutsideBound(
          required.map(({ name }) => name),
          packageBound,
        ),
  );
  return { included: required.filter(({ name }) => !refused.has(name)), refused };
}

/** What of the requirements no grant of the customer covers: composer will fail on it. */
async function warningsFor(
  { trx, customer, now }: OpenOrder,
  required: readonly Requirement[],
  refused: ReadonlySet<string>,
): Promise<string[]> {
  if (required.length === 0) return [];
  const grants = (await listGrantsOfCustomer(trx, customer.id)).flatMap((row) => compileGrant(row) ?? []);
  const isCovered = (name: string) => ["full", "partial"].includes(accessTo(grants, name, now).kind);
  return required
    .filter(({ name }) => !isCovered(name))
    .map(({ name, requiredBy }) => {
      const what = `${requiredBy} requires ${name}, which is not granted to this customer`;
      return refused.has(name)
        ? `${what}, and which this management token may not grant.`
        : `${what}: grant it too, or send "with_dependencies": true.`;
    });
}
