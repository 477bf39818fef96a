import { AppError, invalidField } from "../../platform/errors.ts";
import type { Db } from "../../schema.ts";
import type { Caller } from "../callers/index.ts";
import { ensureCustomer, findCustomerById, findHolderOfOrder, listAddresses } from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { buyerKeys, keyOfAddress, listOrderStates, mayUndo } from "../order-states/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import { listCustomersOfOrder } from "./order-queries.ts";

/** Somebody who bought something under an order's number. */
export interface OrderParty {
  /** Undefined for a guest. */
  customer: CustomerRow | undefined;
  /** Lower-cased; of a guest without an address none. */
  addresses: string[];
  /** What the caller sees of the order's. */
  tokens: TokenRow[];
}

/** Who is meant, as the caller says it. */
export interface NamedBuyer {
  /** Undefined: nobody, or a guest. */
  customerId: string | undefined;
  email: string | undefined;
}

/**
 * Who bought under this number, as far as it exists for the caller; whoever the order was given to stands for who gave
 * it away. The tokens of a guest whose address a customer of the order has or had are that customer's, and those
 * without any buyer are the only one's there is.
 */
export async function listParties(
  db: Db,
  caller: Caller & { shop: string },
  orderId: string,
  tokens: readonly TokenRow[],
): Promise<OrderParty[]> {
  const customers = new Set([
    ...tokens.flatMap(({ customer }) => customer ?? []),
    ...(await listCustomersOfOrder(db, caller, orderId)),
  ]);
  const holders = new Map<string, string>();
  for (const id of customers) holders.set(id, await findHolderOfOrder(db, id, orderId));
  const parties: OrderParty[] = [];
  for (const id of [...new Set(holders.values())].sort()) {
    const party = await partyOf(db, id, tokens);
    const left = tokens.filter((token) => token.customer !== null && isLeft(token.customer, id, holders));
    const ofOrder = left.filter((token) => !isKept(token));
    // Of whoever has it the caller sees nothing, and of who had it a credential for something else.
    if (!customers.has(id) && ofOrder.length === 0) continue;
    parties.push({ ...party, tokens: [...party.tokens, ...ofOrder] });
  }
  return withGuests(parties, tokens);
}

/** Whether a customer gave the order to this one. */
function isLeft(customer: string, holder: string, holders: ReadonlyMap<string, string>): boolean {
  return customer !== holder && holders.get(customer) === holder;
}

/** The credential of a customer who gave the order away and kept it: it opens nothing of the order any more. */
function isKept({ order_line }: TokenRow): boolean {
  return order_line !== null;
}

async function partyOf(db: Db, id: string, tokens: readonly TokenRow[]): Promise<OrderParty> {
  const customer = await findCustomerById(db, id);
  if (customer === undefined) throw new Error(`a token or a grant has the customer ${id}, who does not exist`);
  const own = tokens.filter((token) => token.customer === id);
  const known = [customer.email, ...own.map((token) => token.customer_email)].flatMap(
    (email) => email?.toLowerCase() ?? [],
  );
  return { customer, addresses: [...new Set([...known, ...(await listAddresses(db, id))])], tokens: own };
}

/** With the tokens that have no customer: each its known buyer's, or a guest's. */
function withGuests(parties: readonly OrderParty[], tokens: readonly TokenRow[]): OrderParty[] {
  const all = parties.map((party) => ({ ...party, tokens: [...party.tokens] }));
  const guests = tokens.filter((token) => token.customer === null);
  for (const token of guests.filter(({ customer_email }) => customer_email !== null)) {
    const email = token.customer_email ?? "";
    const known = all.find(({ addresses }) => addresses.includes(email));
    if (known === undefined) all.push({ customer: undefined, addresses: [email], tokens: [token] });
    else known.tokens.push(token);
  }
  const nameless = guests.filter(({ customer_email }) => customer_email === null);
  const [only, ...others] = all;
  if (nameless.length === 0) return all;
  if (only !== undefined && others.length === 0) only.tokens.push(...nameless);
  else all.push({ customer: undefined, addresses: [], tokens: nameless });
  return all;
}

/** Every key under which something may be remembered of the order for this buyer; the first is to remember under. */
export function keysOf({ customer, addresses, tokens }: OrderParty): [string, ...string[]] {
  const [first] = buyerKeys({ customer: customer?.id ?? null, email: addresses[0] ?? null });
  const ofTokens = tokens.flatMap((token) => buyerKeys({ customer: token.customer, email: token.customer_email }));
  return [first, ...new Set([...ofTokens, ...addresses.map(keyOfAddress)].filter((key) => key !== first))];
}

/**
 * The buyer that is meant. Undefined where nobody is named and nothing is known of the order. Where several bought
 * under the number and none is named, `resource.conflict` that lists them: guessing would end what somebody else
 * bought. One who is named and has nothing of the order yet is remembered, a customer made for that.
 */
export async function choosePartyOf(
  db: Db,
  caller: Caller & { shop: string },
  orderId: string,
  { parties, named, now }: { parties: readonly OrderParty[]; named: NamedBuyer; now: number },
): Promise<OrderParty | undefined> {
  if (named.customerId !== undefined)
    return await customerNamed(db, caller, { parties, orderId }, named.customerId, now);
  if (named.email !== undefined) return guestNamed(parties, named.email.toLowerCase());
  if (parties.length > 1) throw severalBuyers(parties);
  return parties[0] ?? (await remembered(db, caller, orderId));
}

async function customerNamed(
  db: Db,
  caller: Caller & { shop: string },
  { parties, orderId }: { parties: readonly OrderParty[]; orderId: string },
  customerId: string,
  now: number,
): Promise<OrderParty> {
  const known = parties.find(({ customer }) => customer?.customer_id === customerId);
  // Who gave the order to somebody else is none of the parties.
  if (known !== undefined) return known;
  const { id } = await ensureCustomer(db, { ...caller, packageBound: null }, { customerId, email: null }, now);
  // It has another name by now, or the order went to somebody else.
  const holder = await findHolderOfOrder(db, id, orderId);
  const same = parties.find(({ customer }) => customer?.id === holder);
  if (same !== undefined) return same;
  const party = await partyOf(db, holder, []);
  const guests = parties.filter(({ customer }) => customer === undefined);
  const theirs = guests.filter(({ addresses }) => addresses.some((email) => party.addresses.includes(email)));
  return { ...party, tokens: theirs.flatMap(({ tokens }) => tokens) };
}

function guestNamed(parties: readonly OrderParty[], email: string): OrderParty {
  const [first, ...others] = parties.filter(({ addresses }) => addresses.includes(email));
  if (others.length > 0 && first !== undefined) throw severalBuyers([first, ...others]);
  return first ?? { customer: undefined, addresses: [email], tokens: [] };
}

/** Of an order of which only an ending is known: whose it was, where that was one. */
async function remembered(
  db: Db,
  { shop, packageBound }: Caller & { shop: string },
  orderId: string,
): Promise<OrderParty | undefined> {
  const states = (await listOrderStates(db, shop, orderId)).filter((state) => mayUndo(packageBound, state));
  const buyers = [...new Set(states.map(({ buyer }) => buyer))];
  const [buyer, ...others] = buyers;
  if (buyer === undefined || others.length > 0) return undefined;
  return (await findCustomerById(db, buyer)) === undefined ? undefined : await partyOf(db, buyer, []);
}

function severalBuyers(parties: readonly OrderParty[]): AppError {
  const byName = (a: OrderParty, b: OrderParty) => (nameOf(a) < nameOf(b) ? -1 : 1);
  const ways = parties.toSorted(byName).map(({ customer, addresses }) => {
    if (customer !== undefined) return { pointer: "/customer_id", detail: `may be ${discreet(customer.customer_id)}` };
    const [email] = addresses;
    return email === undefined
      ? { pointer: "/customer_email", detail: "cannot name the buyer of tokens without a customer and an address" }
      : { pointer: "/customer_email", detail: `may be ${discreet(email)}` };
  });
  const message = `Several buyers have an order of this number: name one of them. ${ways.map(({ pointer, detail }) => `${pointer} ${detail}`).join("; ")}.`;
  return new AppError("resource.conflict", message, { errors: ways });
}

/** Guests last. */
function nameOf({ customer, addresses }: OrderParty): string {
  return customer === undefined ? `1 ${addresses[0] ?? ""}` : `0 ${customer.customer_id}`;
}

/** An address as it may stand in a log: enough to know which of a few it is. */
function discreet(text: string): string {
  const at = text.lastIndexOf("@");
  return at === -1 ? text : `${Array.from(text)[0] ?? ""}…${text.slice(at)}`;
}

/** 400: nothing can be remembered of nobody. */
export function unknownOrder(): AppError {
  return invalidField(
    "/customer_id",
    "or customer_email is needed: nothing of this order is known, and it must be remembered for somebody",
  );
}

/** What a caller is told who named a buyer that has nothing, while others do. */
export function warningsOf(parties: readonly OrderParty[], party: OrderParty): string[] {
  if (party.tokens.length > 0 || parties.length === 0) return [];
  const isKnown = parties.some(({ customer }) => customer !== undefined && customer.id === party.customer?.id);
  return isKnown ? [] : ["This buyer has nothing of the order; other buyers have something under its number."];
}
