import { nowSeconds } from "../../platform/clock.ts";
import { newTimeOrderedId } from "../../platform/crypto/ids.ts";
import type { Db } from "../../schema.ts";
import { causeAgain } from "./mail-causes.ts";
import { cancelPendingMail, insertMailIfNew, listPendingMails, redirectMail } from "./mail-queries.ts";
import type { MailRow } from "./mail-queries.ts";
import { UNREADABLE, isSameAddress, openMailSecret, sealMailSecret } from "./mail-secret.ts";
import { addressOf } from "./mail-values.ts";
import type { MailPlace } from "./mail-values.ts";
import { findTokenRow } from "./token-mail-queries.ts";

/**
 * What waits for a customer (`customers.id`) or about a token goes where mails about its token go now, within the
 * transaction of whoever changed that.
 */
export async function readdressMails(
  deps: Pick<MailPlace, "clock" | "cipher">,
  trx: Db,
  whose: { customer: string } | { token: string },
): Promise<void> {
  for (const mail of await listPendingMails(trx, whose)) {
    const token = await findTokenRow(trx, mail.token);
    const to = token === undefined ? undefined : await addressOf(trx, token);
    if (to === undefined || !isSameAddress(mail.recipient, to)) await readdressMail(deps, trx, mail, to);
  }
}

/**
 * One mail that waits. Whatever holds a secret is ended, and another mail takes its place: the log says of each address
 * what it was sent, and an attempt that is under way cannot be tried again where it went.
 */
export async function readdressMail(
  deps: Pick<MailPlace, "clock" | "cipher">,
  trx: Db,
  mail: MailRow,
  to: string | undefined,
): Promise<void> {
  const now = nowSeconds(deps.clock);
  if (to === undefined) {
    await cancelPendingMail(trx, mail.id, { detail: NOWHERE, now });
    return;
  }
  if (mail.sealed_secret === null) {
    await redirectMail(trx, mail.id, to, now);
    return;
  }
  const secret = openMailSecret(deps.cipher, mail);
  // The worker says so in its own words.
  if (secret === undefined || secret === UNREADABLE) return;
  const id = newTimeOrderedId("mail", deps.clock.nowMs());
  const detail = `The address was changed before this was sent: ${id} goes to the new one in its place.`;
  if (!(await cancelPendingMail(trx, mail.id, { detail, now }))) return;
  await insertMailIfNew(trx, {
    ...mail,
    ...{ id, cause: causeAgain(mail.cause, id), recipient: to },
    sealed_secret: sealMailSecret(deps.cipher, { id, recipient: to }, secret),
    ...{ state: "pending", detail: null, attempts: 0, next_attempt_at: now },
    ...{ claimed_by: null, claimed_until: null, created_at: now, finished_at: null },
  });
}

const NOWHERE = "The address was taken away before this was sent, and there is no other one.";
