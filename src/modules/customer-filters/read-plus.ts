import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { raiseAttention } from "../attention/index.ts";
import type { Caller } from "../callers/index.ts";
import { findCustomerOfId, findHolderOfEmail, findTokenOfOrderId } from "./named-queries.ts";
import type { Named, Visibility } from "./named-queries.ts";
import { encoded } from "./raw-plus.ts";

export interface ReadPlusDeps {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
}

/** The parameters by which a shop says whom it means, and who is meant. */
const FINDERS = {
  customer_id: findCustomerOfId,
  customer_email: (db: Db, visibility: Visibility, email: string) =>
    findHolderOfEmail(db, visibility, email.trim().toLowerCase()),
  order_id: findTokenOfOrderId,
} satisfies Record<string, (db: Db, visibility: Visibility, value: string) => Promise<Named | undefined>>;

export type FilterName = keyof typeof FINDERS;
export const FILTER_NAMES = Object.keys(FINDERS) as FilterName[];

/** One value, read in the two ways that a raw `+` allows. */
export interface Readings {
  name: FilterName;
  /** A plus is a blank, as in forms. */
  decoded: string;
  /** A plus is a plus, as in the spec's revoke script, which does not encode what it asks for. */
  literal: string;
}

/**
 * Which of the two is meant: the one that names somebody whom the caller sees. Neither does, and it is as decoded; both
 * do, and nobody is picked: a revocation would end the wrong one, or an empty list leave the right one with access.
 */
export async function readPlus(deps: ReadPlusDeps, caller: Caller, readings: Readings): Promise<string> {
  const { decoded, literal, name } = readings;
  const find = FINDERS[name];
  const { db } = deps.database;
  const byLiteral = await find(db, caller, literal);
  if (byLiteral === undefined) return decoded;
  if ((await find(db, caller, decoded)) === undefined) return literal;
  await deps.database.transaction((trx) =>
    raiseAttention(deps, trx, {
      kind: "customer.ambiguous_query",
      ...{ shop: caller.shop, customer: byLiteral.customer, subject: { kind: byLiteral.kind, id: byLiteral.id } },
      distinct: name,
      details: { parameter: name, asked_by: caller.actor.id },
    }),
  );
  const pointer = `?${name}`;
  const detail = `has a raw + that can be a plus or a blank, and there is one of each: send ${name}=${encoded(literal)} for the plus, or ${name}=${encoded(decoded)} for the blank`;
  throw new AppError("request.invalid", `${pointer} ${detail}`, { errors: [{ pointer, detail }] });
}
