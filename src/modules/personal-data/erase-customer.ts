import { nowSeconds } from "../../platform/clock.ts";
import type { RecordChange } from "../../platform/database/index.ts";
import { unlessStorageFails } from "../../platform/database/index.ts";
import { AppError, invalidField } from "../../platform/errors.ts";
import type { Database, Db } from "../../schema.ts";
import { deleteEntriesAbout } from "../attention/index.ts";
import { eraseFromAuditLog, recordAuditEvent } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { revokeHeldCustomer } from "../customer-accounts/index.ts";
import type { ChangeCustomerDeps } from "../customer-accounts/index.ts";
import { eraseCustomerFromMails, eraseTokensFromMails } from "../customer-mails/index.ts";
import {
  forgetAddresses,
  forgetJoinCode,
  forgetMovedOrders,
  forgetMoves,
  getVisibleCustomer,
  holdCustomer,
  listMergedInto,
  updateCustomer,
} from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { eraseAnswers } from "../idempotency/index.ts";
import { eraseOrderStates } from "../order-states/index.ts";
import {
  eraseTokens,
  getTokenForChange,
  keysOfSales,
  lockAllTokensOfCustomer,
  revokeTokenRow,
} from "../tokens/index.ts";
import type { TokenRow } from "../tokens/index.ts";
import type { Usage } from "../usage/index.ts";
import { eraseCustomerFromDeliveries } from "../webhooks/index.ts";
import { deleteNetworksOfTokens } from "./personal-data-queries.ts";

export interface EraseDeps extends ChangeCustomerDeps {
  database: ChangeCustomerDeps["database"] & Pick<Database, "emptyLog">;
  usage: Pick<Usage, "flush">;
}

export interface ErasedCustomer {
  /** `customers.id`. */
  id: string;
  /** What it is called from now on. */
  customer_id: string;
  shop: string;
  erased_at: number;
  tokens: number;
}

/**
 * Ends everything a customer has, for good, and takes everything personal about it out of every table, in one
 * transaction: docs/reference/personal-data.md says where that is. The row, its tokens and its audit records stay
 * without it, under a name that says nothing; a later sale to the same id of the shop makes a new customer. Repeating
 * it under the new name changes nothing; under the old one there is nobody any more. Throws `request.invalid` unless
 * `confirm` is the customer's id.
 */
export async function eraseCustomer(
  deps: EraseDeps,
  caller: Caller,
  customerId: string,
  confirm: string,
): Promise<ErasedCustomer> {
  await unlessStorageFails(() => deps.usage.flush());
  const done = await deps.database.transaction(async (trx, changed) => {
    const { id } = await getVisibleCustomer(trx, caller, customerId);
    if (confirm !== customerId) throw wrongConfirmation("the customer's id");
    await holdCustomer(trx, deps.database.engine, id);
    const customer = await getVisibleCustomer(trx, caller, customerId);
    const rows =
      customer.erased_at === null ? await eraseHeldCustomer(deps, trx, changed, caller, customer) : undefined;
    const { shop, erased_at } = customer;
    return {
      ...{ id, shop, customer_id: nameOfErased(id), erased_at: erased_at ?? nowSeconds(deps.clock) },
      tokens: rows?.length ?? 0,
    };
  });
  await unlessStorageFails(() => deps.database.emptyLog());
  return done;
}

/** Of whom nothing is known any more; it holds our own random id and nothing of the shop's. */
function nameOfErased(id: string): string {
  return `erased-${id}`;
}

function wrongConfirmation(what: string): AppError {
  return invalidField("/confirm", `must be ${what}, exactly as in the path: erasing cannot be undone`);
}

async function eraseHeldCustomer(
  deps: EraseDeps,
  trx: Db,
  changed: RecordChange,
  caller: Caller,
  customer: CustomerRow,
): Promise<TokenRow[]> {
  const { id, shop } = customer;
  await revokeHeldCustomer(deps, trx, changed, caller, customer);
  const rows = await lockAllTokensOfCustomer(trx, deps.database.engine, id);
  await eraseRow(deps, trx, changed, { shop, customer: id, email: customer.email, rows });
  // Who was merged into it is the same person.
  for (const merged of await listMergedInto(trx, id)) {
    await eraseRow(deps, trx, changed, { shop, customer: merged.id, email: merged.email, rows: [] });
  }
  await recordAuditEvent(deps, trx, caller.actor, {
    action: "customer.erased",
    target: { kind: "customer", id },
    ...{ shop, customer: id },
    details: { after: { tokens_erased: rows.length } },
  });
  return rows;
}

/** The row of a customer, and whatever else says who it is. */
async function eraseRow(
  deps: EraseDeps,
  trx: Db,
  changed: RecordChange,
  { shop, customer, email, rows }: { shop: string; customer: string; email: string | null; rows: readonly TokenRow[] },
): Promise<void> {
  const now = nowSeconds(deps.clock);
  await eraseEverywhere(deps, trx, changed, { shop, customer, email, rows });
  await eraseCustomerFromMails(trx, customer, now);
  await forgetAddresses(trx, customer);
  await forgetMoves(trx, customer);
  await forgetMovedOrders(trx, customer);
  await forgetJoinCode(trx, customer);
  await updateCustomer(trx, customer, {
    ...{ email: null, customer_id: nameOfErased(customer), erased_at: now, updated_at: now },
    cancellations_before: null,
  });
}

/**
 * The same for the token of a guest's order, which has no customer. Throws `resource.conflict` for a customer's token:
 * what is personal about it is the customer's, in more places than one.
 */
export async function eraseGuestToken(
  deps: EraseDeps,
  caller: Caller,
  tokenId: string,
  confirm: string,
): Promise<{ id: string }> {
  await unlessStorageFails(() => deps.usage.flush());
  const done = await deps.database.transaction(async (trx, changed) => {
    const row = await getTokenForChange(trx, deps.database.engine, caller, tokenId);
    if (confirm !== tokenId) throw wrongConfirmation("the token's id");
    const { id, shop } = row;
    if (row.customer !== null) {
      throw new AppError("resource.conflict", "This token has a customer: erase the customer, and with it the token.");
    }
    await revokeTokenRow(deps, trx, changed, caller, row, { why: "erased" });
    await eraseEverywhere(deps, trx, changed, { shop, customer: null, email: null, rows: [row] });
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "token.erased",
      target: { kind: "token", id },
      shop,
    });
    return { id };
  });
  await unlessStorageFails(() => deps.database.emptyLog());
  return done;
}

async function eraseEverywhere(
  deps: EraseDeps,
  trx: Db,
  changed: RecordChange,
  {
    shop,
    customer,
    email,
    rows,
  }: { shop: string; customer: string | null; email: string | null; rows: readonly TokenRow[] },
): Promise<void> {
  const now = nowSeconds(deps.clock);
  const tokens = rows.map((row) => row.id);
  const addresses = rows.flatMap(({ customer_email }) => customer_email ?? []);
  await eraseOrderStates(trx, shop, [...new Set([...addresses, ...(email === null ? [] : [email])])]);
  const everHad = await eraseFromAuditLog(trx, { customer, tokens });
  await eraseTokens(trx, changed, rows, now);
  await eraseAnswers(trx, { customer, tokens: everHad, shop, keys: keysOfSales(rows) });
  await eraseCustomerFromDeliveries(trx, deps.database.engine, { customer, tokens: everHad });
  await eraseTokensFromMails(trx, tokens, now);
  await deleteNetworksOfTokens(trx, tokens);
  await deleteEntriesAbout(trx, { customer, tokens: everHad });
}
