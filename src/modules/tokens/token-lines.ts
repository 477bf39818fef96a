import { sha256Hex } from "../../platform/crypto/secrets.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import type { TokenTerms } from "../grants/index.ts";
import type { Renewal, RenewedEnd } from "../renewals/index.ts";
import type { TokenRow } from "./token-queries.ts";

/** A line of an order of a customer (`customers.id`). */
export interface LinePlace {
  customer: string;
  orderId: string;
  line: string;
}

/** What is sold with a line. */
export interface LineTerms extends TokenTerms {
  patterns: readonly string[];
  expiresAt: number | null;
  /** Absent in a change: as they are. */
  graceDays?: number | undefined;
  withDependencies?: boolean | undefined;
  /** What is granted along with it; absent: what it requires now, if anything is to be. */
  dependencies?: readonly string[] | undefined;
}

/** A line, as far as the caller may know of it. */
export interface KnownLine {
  /** Whether it was cancelled, by itself or with its order; a lapsed one was not. */
  hasEnded: boolean;
  /** Whether it grants all of its terms now: it was not cancelled in part, and has begun. */
  isWhole: boolean;
  terms: LineTerms | undefined;
}

/** Renews lines of orders, with their audit record, within the transaction of whoever asks. */
export interface LineRenewals {
  /** `expiresAt` is the line's own end afterwards, whatever of it was moved. Throws where the line was cancelled. */
  renewLine(
    trx: Db,
    changed: RecordChange,
    caller: Caller,
    line: LinePlace,
    renewal: Renewal,
  ): Promise<RenewedEnd & { expiresAt: number | null }>;
}

/**
 * The lines of orders that tokens are sold with, where there is one credential per customer. Each but `prepare` within
 * the transaction of whoever holds the customer.
 */
export interface TokenLines extends LineRenewals {
  /** Reads what a sale needs before its own transaction begins, within another one where that is open. */
  prepare(db: Db, caller: Caller, terms: LineTerms): Promise<PreparedLine>;
  /** Undefined where nothing is known of it. */
  find(trx: Db, caller: Caller, place: LinePlace): Promise<KnownLine | undefined>;
  /** From now on it is this; returns warnings. */
  sell(trx: Db, changed: RecordChange, caller: Caller, place: LinePlace, sale: PreparedLine): Promise<string[]>;
  /** The same with other terms; what it has besides those stays. */
  change(trx: Db, changed: RecordChange, caller: Caller, place: LinePlace, terms: LineTerms): Promise<void>;
  /** What of its order ended at this time, as its token did, is sold again as it was. */
  reopen(trx: Db, changed: RecordChange, caller: Caller, place: LinePlace, at: number): Promise<void>;
  /** Ends it, and the other lines of its order but those in `kept`. */
  cancel(trx: Db, changed: RecordChange, caller: Caller, place: LinePlace, kept: readonly string[]): Promise<void>;
}

/** What {@link TokenLines.prepare} found out; it means something to those who made it only. */
export interface PreparedLine {
  readonly terms: LineTerms;
  readonly prepared: unknown;
}

const LINE_LENGTH_MAX = 200;

/** Named by what was bought, so that each item of an order has a line and a repetition none. */
export function lineNameOf(patterns: readonly string[]): string {
  const names = [...patterns].sort().join(", ");
  return names.length <= LINE_LENGTH_MAX ? names : `${names.slice(0, 100)}… ${sha256Hex(names).slice(0, 16)}`;
}

/** The line that a token was sold with; undefined where it was not. */
export function lineOf({
  customer,
  order_id: orderId,
  order_line: line,
}: Pick<TokenRow, "customer" | "order_id" | "order_line">): LinePlace | undefined {
  return customer === null || orderId === null || line === null ? undefined : { customer, orderId, line };
}

/** The lines that other tokens of the order that work were sold with. */
export async function listLinesOfOthers(trx: Db, id: string, { customer, orderId }: LinePlace): Promise<string[]> {
  const rows = await trx
    .selectFrom("tokens")
    .select("order_line")
    .where("customer", "=", customer)
    .where("order_id", "=", orderId)
    .where("order_line", "is not", null)
    .where("revoked_at", "is", null)
    .where("id", "!=", id)
    .execute();
  return rows.flatMap(({ order_line }) => order_line ?? []);
}

/** Whoever changes tokens is given them, unless there are none. */
export function linesOf(deps: { lines?: TokenLines | undefined }): TokenLines {
  if (deps.lines !== undefined) return deps.lines;
  throw new AppError("internal.unexpected", "Lines of orders cannot be sold or changed here.");
}
