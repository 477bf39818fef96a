import type { Db } from "../../schema.ts";
import type { AuditRow } from "../audit/index.ts";
import { shownAddress } from "../mail-addresses/index.ts";
import { findCustomerRow, findOrderOfToken } from "./dispatch-queries.ts";
import { EVENT_TYPES } from "./event-types.ts";

type EventType = (typeof EVENT_TYPES)[number];
type Facts = Record<string, unknown>;
interface Details {
  before: Facts | null;
  after: Facts | null;
}

/**
 * Audited actions that are events of the same name; everything else that is recorded is internal. Events of sources and
 * packages have no record: they come as notices.
 */
const SAME_NAME = new Set<string>(EVENT_TYPES.filter((type) => /^(token|grant|customer|order)\./.test(type)));

/** What an audit record is to the outside; undefined where it is nothing to it. */
export function eventOf(record: AuditRow): EventType | undefined {
  if (SAME_NAME.has(record.action)) return record.action as EventType;
  // An order line was set, and was nothing before, or something else.
  if (record.action === "grant.set")
    return grantOf(detailsOf(record).before) === null ? "grant.created" : "grant.updated";
  // What it was sold with is its customer's from then on.
  if (record.action === "token.joined_customer") return "token.updated";
  // Frozen: what was released by then stays.
  if (record.action === "grant.released") return "grant.updated";
  return undefined;
}

/** What is sent of a record; the address apart, because it can be erased. */
export async function contentOf(
  trx: Db,
  record: AuditRow,
): Promise<{ data: Facts; personal: Facts | null; customer: string | null }> {
  const customer = record.customer === null ? undefined : await findCustomerRow(trx, record.customer);
  const whose = { shop: record.shop, customer_id: customer?.customer_id ?? null };
  const { before, after } = detailsOf(record);
  const content = (data: Facts, email: string | null | undefined) => ({
    ...{ data, personal: { customer_email: email ?? null }, customer: record.customer },
  });
  if (record.target_kind === "token") {
    const token = await findOrderOfToken(trx, record.target_id);
    const data = { id: record.target_id, ...whose, order_id: token?.order_id ?? null, before, after };
    return content(data, token === undefined ? customer?.email : shownAddress(token, customer?.email));
  }
  if (record.action.startsWith("order.")) {
    const order_id = record.target_kind === "order" ? record.target_id : (after?.["order_id"] ?? null);
    return content({ ...whose, order_id, before, after }, customer?.email);
  }
  if (!record.action.startsWith("grant.")) {
    return content({ ...whose, ...(await otherCustomer(trx, after ?? {})), before, after }, customer?.email);
  }
  const { order_id = null, line = null } = after ?? before ?? {};
  return content({ ...whose, order_id, line, before: grantOf(before), after: grantOf(after) }, customer?.email);
}

/** Into whom it was merged, as the shop names them. */
async function otherCustomer(trx: Db, { into }: Facts): Promise<{ into_customer_id?: string | null }> {
  if (typeof into !== "string") return {};
  return { into_customer_id: (await findCustomerRow(trx, into))?.customer_id ?? null };
}

function detailsOf(record: AuditRow): Details {
  const { before = null, after = null } = JSON.parse(record.details) as Partial<Details>;
  return { before, after };
}

function grantOf(side: Facts | null): unknown {
  return side === null ? null : "grant" in side ? side["grant"] : side;
}
