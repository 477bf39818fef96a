import type { Db } from "../../schema.ts";
import { shownAddress } from "../mail-addresses/index.ts";
import type { listNotices } from "../notices/index.ts";
import { findCustomerRow, findOrderOfToken } from "./dispatch-queries.ts";

type Notice = Awaited<ReturnType<typeof listNotices>>[number];

interface Content {
  data: object;
  personal: object | null;
  customer: string | null;
  token: string | null;
}

/**
 * What is sent of a notice: what it says, and whose it is by now. The address apart, because it can be erased; of a mail
 * none at all, because it could be the one that is wrong.
 */
export async function contentOfNotice(trx: Db, notice: Notice): Promise<Content> {
  const { customer: customerId, token: tokenId } = notice;
  const said = JSON.parse(notice.data) as Record<string, unknown>;
  if (customerId === null && tokenId === null) return { data: said, personal: null, customer: null, token: null };
  const customer = customerId === null ? undefined : await findCustomerRow(trx, customerId);
  const token = tokenId === null ? undefined : await findOrderOfToken(trx, tokenId);
  const whose = { shop: notice.shop, customer_id: customer?.customer_id ?? null };
  const data = { ...whose, order_id: token?.order_id ?? null, ...said };
  const email = token === undefined ? (customer?.email ?? null) : shownAddress(token, customer?.email);
  const personal = notice.type.startsWith("mail.") ? null : { customer_email: email };
  return { data, personal, customer: customerId, token: tokenId };
}
