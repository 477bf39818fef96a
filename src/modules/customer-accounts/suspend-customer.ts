import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { resumeLinesOfCustomer, suspendLinesOfCustomer } from "../customer-grants/index.ts";
import { getVisibleCustomer, holdCustomer, updateCustomer } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { patternsOutsideBound } from "../grants/index.ts";
import { inheritRecorded, lockAllTokensOfCustomer } from "../tokens/index.ts";
import { refuseErased } from "./change-customer.ts";
import type { ChangeCustomerDeps } from "./change-customer.ts";
import { hasAnythingUnrevoked } from "./customer-account-queries.ts";

export interface SuspendedSums {
  /** `customers.id`. */
  id: string;
  suspended_at: number | null;
  /** Tokens that this suspended, or resumed. */
  tokens: number;
}

/**
 * Keeps everything a customer has from opening anything until it is resumed, also what it is sold meanwhile; dates go
 * on. Repeating it changes nothing. What a caller with a package bound suspends does not reach past that, now or later.
 */
export async function suspendCustomer(
  deps: ChangeCustomerDeps,
  caller: Caller,
  customerId: string,
  reason: string | undefined,
): Promise<SuspendedSums> {
  return await withCustomer(deps, caller, customerId, async (trx, changed, customer) => {
    const within = withinBoth(customer, caller.packageBound);
    const suspended = {
      suspended_at: customer.suspended_at ?? nowSeconds(deps.clock),
      suspended_within: within === null ? null : JSON.stringify(within),
    };
    return await store(deps, trx, changed, caller, {
      customer,
      change: suspended,
      action: "customer.suspended",
      reason,
    });
  });
}

/**
 * Ends the suspension of a customer; a token or an order that was suspended by itself stays so. Repeating it changes
 * nothing. Throws `resource.not_found` where somebody suspended more than lies within the caller's bound.
 */
export async function resumeCustomer(
  deps: ChangeCustomerDeps,
  caller: Caller,
  customerId: string,
  reason: string | undefined,
): Promise<SuspendedSums> {
  return await withCustomer(deps, caller, customerId, async (trx, changed, customer) => {
    if (customer.suspended_at !== null && !mayResume(customer, caller)) {
      throw new AppError("resource.not_found", "There is no suspension that this management token may end.");
    }
    const resumed = { suspended_at: null, suspended_within: null };
    return await store(deps, trx, changed, caller, { customer, change: resumed, action: "customer.resumed", reason });
  });
}

/** With the customer held; 409 for one that is erased, or of which everything is revoked. */
async function withCustomer<Result>(
  deps: ChangeCustomerDeps,
  caller: Caller,
  customerId: string,
  work: (trx: Db, changed: RecordChange, customer: CustomerRow) => Promise<Result>,
): Promise<Result> {
  return await deps.database.transaction(async (trx, changed) => {
    const { id } = await getVisibleCustomer(trx, caller, customerId);
    await holdCustomer(trx, deps.database.engine, id);
    const customer = await getVisibleCustomer(trx, caller, customerId);
    refuseErased(customer);
    if (customer.revoked_at !== null && !(await hasAnythingUnrevoked(trx, id))) {
      throw new AppError("resource.conflict", "This customer was revoked; restore the customer first.");
    }
    return await work(trx, changed, customer);
  });
}

async function store(
  deps: ChangeCustomerDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  {
    customer,
    change,
    action,
    reason,
  }: {
    customer: CustomerRow;
    change: Pick<CustomerRow, "suspended_at" | "suspended_within">;
    action: "customer.suspended" | "customer.resumed";
    reason: string | undefined;
  },
): Promise<SuspendedSums> {
  const { id, shop } = customer;
  const { suspended_at } = change;
  const isSame = suspended_at === customer.suspended_at && change.suspended_within === customer.suspended_within;
  if (isSame) return { id, suspended_at, tokens: 0 };
  await updateCustomer(trx, id, { ...change, updated_at: nowSeconds(deps.clock) });
  if (suspended_at === null) await resumeLinesOfCustomer(trx, changed, caller, id, nowSeconds(deps.clock));
  else await suspendLinesOfCustomer(trx, changed, caller, id, suspended_at);
  let tokens = 0;
  for (const row of await lockAllTokensOfCustomer(trx, deps.database.engine, id)) {
    if (await inheritRecorded(deps, trx, changed, caller, row)) tokens++;
  }
  await recordAuditEvent(deps, trx, caller.actor, {
    action,
    target: { kind: "customer", id },
    ...{ shop, customer: id },
    details: {
      before: { suspended: customer.suspended_at !== null },
      after: { suspended: suspended_at !== null, tokens },
    },
    ...(reason === undefined ? {} : { personal: { reason } }),
  });
  return { id, suspended_at, tokens };
}

/** How far a suspension reaches that was there already, or not, and is asked for again; null: to everything. */
function withinBoth(customer: CustomerRow, bound: readonly string[] | null): readonly string[] | null {
  if (customer.suspended_at === null) return bound;
  const known = boundOf(customer);
  if (known === null || bound === null) return null;
  const further = patternsOutsideBound(bound, known);
  return further.length === 0 ? known : [...known, ...further];
}

function mayResume(customer: CustomerRow, { packageBound }: Caller): boolean {
  if (packageBound === null) return true;
  const known = boundOf(customer);
  return known !== null && patternsOutsideBound(known, packageBound).length === 0;
}

function boundOf({ suspended_within }: CustomerRow): readonly string[] | null {
  return suspended_within === null ? null : (JSON.parse(suspended_within) as string[]);
}
