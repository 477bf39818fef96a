import { nowSeconds } from "../../platform/clock.ts";
import { randomBase62 } from "../../platform/crypto/secrets.ts";
import { AppError } from "../../platform/errors.ts";
import { isMailAddress } from "../../platform/mail/index.ts";
import type { Message } from "../../platform/mail/index.ts";
import { joinCodeMail } from "../account-mails/index.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { Principal } from "../callers/index.ts";
import {
  ensureCustomer,
  getVisibleCustomer,
  holdCustomer,
  insertShopIfMissing,
  withItsShop,
} from "../customers/index.ts";
import type { CustomerRow } from "../customers/index.ts";
import { mergeCustomers } from "../moves/index.ts";
import type { MergedPair, MoveDeps } from "../moves/index.ts";
import { readSettings } from "../settings/index.ts";
import type { CreateGuestBody, JoinGuestBody } from "./guest-schemas.ts";
import { newJoinCode, storeJoinCode, useJoinCode } from "./join-codes.ts";

export const GUEST_PREFIX = "guest_";

/** A customer of its own for one guest order; nobody else ever has its id. */
export async function makeGuest(deps: MoveDeps, principal: Principal, input: CreateGuestBody): Promise<CustomerRow> {
  const caller = await withItsShop(deps.database.db, principal);
  return await deps.database.transaction(async (trx) => {
    const now = nowSeconds(deps.clock);
    await insertShopIfMissing(trx, caller.shop, now);
    const buyer = { customerId: `${GUEST_PREFIX}${randomBase62(20)}`, email: input.email ?? null };
    const guest = await ensureCustomer(trx, caller, buyer, now);
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "customer.guest_created",
      target: { kind: "customer", id: guest.id },
      ...{ shop: guest.shop, customer: guest.id },
      personal: { after: { email: guest.email } },
    });
    return guest;
  });
}

/** A code for whoever reads the mail of a guest, and the mail. */
export async function makeJoinCode(
  deps: MoveDeps & { publicUrl: string },
  caller: Principal,
  customerId: string,
): Promise<{ message: Message; expiresAt: number }> {
  const code = newJoinCode();
  return await deps.database.transaction(async (trx) => {
    const { id } = await getVisibleCustomer(trx, caller, customerId);
    await holdCustomer(trx, deps.database.engine, id);
    const guest = await getVisibleCustomer(trx, caller, customerId);
    refuseOthers(guest);
    if (guest.email === null || !isMailAddress(guest.email)) {
      throw new AppError("resource.conflict", "The guest has no address that a mail can be sent to.");
    }
    const expiresAt = await storeJoinCode(trx, id, code, nowSeconds(deps.clock));
    await recordAuditEvent(deps, trx, caller.actor, {
      action: "customer.join_code_sent",
      target: { kind: "customer", id },
      ...{ shop: guest.shop, customer: id },
    });
    const { vendor_name: vendorName } = await readSettings(trx);
    const place = { publicUrl: deps.publicUrl, vendorName };
    return { message: joinCodeMail(place, guest.email, { code, expiresAt }), expiresAt };
  });
}

/** What a guest bought is an account's from then on: by the guest's code, or by the word of whoever calls. */
export async function joinGuest(
  deps: MoveDeps,
  caller: Principal,
  customerId: string,
  input: JoinGuestBody,
): Promise<MergedPair> {
  const { db } = deps.database;
  const guest = await getVisibleCustomer(db, caller, customerId);
  refuseOthers(guest);
  const { customer_id: into, code, ...secrets } = input;
  const account = await getVisibleCustomer(db, { ...caller, shop: guest.shop }, into);
  if (typeof code === "string") await useJoinCode({ db, clock: deps.clock }, guest.id, code);
  return await mergeCustomers(deps, { ...caller, shop: guest.shop }, customerId, {
    into: account.customer_id,
    ...secrets,
  });
}

function refuseOthers({ customer_id }: CustomerRow): void {
  if (customer_id.startsWith(GUEST_PREFIX)) return;
  throw new AppError("resource.conflict", "This customer has an account: it can be merged into another one.");
}
