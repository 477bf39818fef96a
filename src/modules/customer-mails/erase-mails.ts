import type { Db } from "../../schema.ts";
import { settleOfToken } from "./mail-failures.ts";
import { MAIL_KINDS } from "./mail-kinds.ts";
import { eraseMails, listMailsOf } from "./mail-queries.ts";
import type { MailRow } from "./mail-queries.ts";

/** What an export of everything that is held of somebody says of a mail: what it told, to which address, when. */
export type HeldMail = Pick<MailRow, "id" | "kind" | "token" | "recipient" | "state" | "created_at" | "finished_at">;

/** The mails to a customer (`customers.id`), or about one token of a guest's order (`tokens.id`), newest first. */
export async function listHeldMails(db: Db, whose: { customer: string } | { token: string }): Promise<HeldMail[]> {
  return await listMailsOf(db, whose);
}

/**
 * Takes the addresses of a customer (`customers.id`) out of the mails, and keeps what waits from going out, within the
 * transaction of whoever erases the customer. What was sent already is with its receiver.
 */
export async function eraseCustomerFromMails(trx: Db, customer: string, now: number): Promise<void> {
  await eraseMails(trx, { customer }, { detail: ERASED, now });
}

/** The same for tokens (`tokens.id`): the one of a guest's order has no customer. */
export async function eraseTokensFromMails(trx: Db, tokens: readonly string[], now: number): Promise<void> {
  await eraseMails(trx, { tokens }, { detail: ERASED, now });
  for (const token of tokens) await settleOfToken(trx, token, MAIL_KINDS, now);
}

const ERASED = "The customer's personal values were erased.";
