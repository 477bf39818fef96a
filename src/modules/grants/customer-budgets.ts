import { countConstraintParts } from "../../composer/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";

/** What one customer may be sold: all of it is read wherever one of its credentials is looked up. */
export interface CustomerBudgets {
  /** Packages and patterns of all lines that are not cancelled. */
  readonly grantsMax: number;
  /** Single constraints in one constraint. */
  readonly constraintPartsMax: number;
  /** Single constraints in all of a customer's together. */
  readonly customerPartsMax: number;
}

/** What was cancelled or replaced is read, too, so that its holder is told; but it costs next to nothing. */
const ENDED_FOR_EACH = 10;

interface Taken {
  readonly grants: number;
  readonly parts: number;
  /** Cancelled and replaced ones among them. */
  readonly rows: number;
}

/**
 * Does what may give a customer (`customers.id`) more grants, within the transaction of whoever holds the customer.
 * Throws `resource.conflict` where it has more afterwards than one customer may have. What was sold before there was a
 * bound, or before it was lowered, stays, and can be changed and cancelled.
 */
export async function keepWithinBudgets<T>(
  { budgets }: { readonly budgets: CustomerBudgets },
  db: Db,
  customer: string,
  work: () => Promise<T>,
): Promise<T> {
  const before = await measure(db, customer);
  const result = await work();
  const after = await measure(db, customer);
  const { grantsMax, customerPartsMax } = budgets;
  if (after.grants > Math.max(grantsMax, before.grants)) {
    throw tooMuch(`${after.grants} grants`, `CUSTOMER_GRANTS_MAX is ${grantsMax}`);
  }
  if (after.parts > Math.max(customerPartsMax, before.parts)) {
    throw tooMuch(`constraints of ${after.parts} parts`, `CUSTOMER_CONSTRAINT_PARTS_MAX is ${customerPartsMax}`);
  }
  if (after.rows > Math.max(grantsMax * ENDED_FOR_EACH, before.rows)) {
    throw tooMuch(
      `${after.rows} grants, ended ones included`,
      `CUSTOMER_GRANTS_MAX is ${grantsMax}, ten times that with ended ones`,
    );
  }
  return result;
}

function tooMuch(what: string, setting: string): AppError {
  const detail = `The customer would have ${what}, more than one customer may have: cancel lines that are not needed any more, sell patterns such as acme/* instead of single packages, or raise the setting of the server (${setting}).`;
  return new AppError("resource.conflict", detail);
}

async function measure(db: Db, customer: string): Promise<Taken> {
  const rows = await db
    .selectFrom("grants")
    .select(({ fn }) => [
      "version_constraint",
      fn.countAll<number | string>().as("rows"),
      fn.count<number | string>("revoked_at").as("ended"),
    ])
    .where("customer", "=", customer)
    .groupBy("version_constraint")
    .execute();
  const taken = { grants: 0, parts: 0, rows: 0 };
  for (const { version_constraint: constraint, ...counts } of rows) {
    const live = Number(counts.rows) - Number(counts.ended);
    taken.rows += Number(counts.rows);
    taken.grants += live;
    if (constraint !== null && live > 0) taken.parts += live * countConstraintParts(constraint);
  }
  return taken;
}
