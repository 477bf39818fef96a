import { sha256Hex } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Principal } from "../callers/index.ts";
import { findHolderOfOrder, getVisibleCustomer } from "../customers/index.ts";
import { listCustomerRows } from "./move-queries.ts";
import { listBuyers } from "./order-queries.ts";
import type { ListedBuyer } from "./order-queries.ts";

/** Whose an order is. */
export interface Buyer {
  /** `customers.id`; null for a guest. */
  customer: string | null;
  /** Of a guest, lower-cased; null where none is known. */
  email: string | null;
  /** As `order_states` has it. */
  key: string;
}

/** The buyer who is meant, or the only one; 409 that lists them where the number has several, 404 where it has none. */
export async function findBuyer(
  trx: Db,
  caller: Principal & { shop: string },
  orderId: string,
  named: { customer_id?: string | null | undefined; customer_email?: string | null | undefined },
): Promise<Buyer> {
  const none = () => new AppError("resource.not_found", "There is no such order.");
  if (typeof named.customer_id === "string") {
    const { id } = await getVisibleCustomer(trx, caller, named.customer_id);
    return ofCustomer(await findHolderOfOrder(trx, id, orderId));
  }
  const all = await asOfNow(trx, await listBuyers(trx, caller, orderId), orderId);
  const email = named.customer_email?.trim().toLowerCase();
  const meant = email === undefined ? all : all.filter((one) => one.customer === null && one.email === email);
  const [only, ...others] = meant;
  if (only === undefined) throw none();
  if (others.length > 0) throw await severalBuyers(trx, meant);
  return only.customer === null ? ofGuest(only.email) : ofCustomer(only.customer);
}

/** Whoever the order was given to stands for who gave it away, and may have kept a token that came with it. */
async function asOfNow(trx: Db, buyers: readonly ListedBuyer[], orderId: string): Promise<ListedBuyer[]> {
  const holders = new Set<string>();
  for (const { customer } of buyers) {
    if (customer !== null) holders.add(await findHolderOfOrder(trx, customer, orderId));
  }
  const guests = buyers.filter(({ customer }) => customer === null);
  return [...[...holders].map((customer) => ({ customer, email: null })), ...guests];
}

function ofCustomer(customer: string): Buyer {
  return { customer, email: null, key: customer };
}

function ofGuest(email: string | null): Buyer {
  return { customer: null, email, key: email === null ? "" : sha256Hex(email) };
}

async function severalBuyers(trx: Db, buyers: readonly ListedBuyer[]): Promise<AppError> {
  const rows = await listCustomerRows(
    trx,
    buyers.flatMap(({ customer }) => customer ?? []),
  );
  const names = [
    ...rows.map((row) => `customer_id ${row.customer_id}`),
    ...buyers.flatMap(({ customer, email }) => (customer === null ? [`customer_email ${email ?? "(none)"}`] : [])),
  ];
  return new AppError(
    "resource.conflict",
    `Several buyers have an order of this number; say whose it is: ${names.slice(0, 10).join(", ")}.`,
  );
}
