import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Db } from "../../schema.ts";
import { settleRetried } from "./mail-failures.ts";
import { findMail, updateRestingMail } from "./mail-queries.ts";
import { UNREADABLE, openMailSecret, sealMailSecret } from "./mail-secret.ts";
import { addressOf } from "./mail-values.ts";
import { findTokenRow } from "./token-mail-queries.ts";

const UNFINISHED = { finished_at: null, settled_at: null };

/**
 * Makes a mail that failed or waits due at once, with all its attempts before it, to the address its token has now.
 * Returns in words why that cannot be.
 */
export async function sendMailAgain(
  { cipher }: { cipher: Pick<Cipher, "open" | "seal"> },
  trx: Db,
  id: string,
  now: number,
): Promise<string | undefined> {
  const mail = await findMail(trx, id);
  const token = mail === undefined ? undefined : await findTokenRow(trx, mail.token);
  if (mail === undefined || token === undefined) return "There is nothing left of this mail.";
  if (mail.state === "sent") return "This mail was sent. For a new secret, rotate the token.";
  if (mail.state === "cancelled") return `This mail was cancelled: ${mail.detail ?? "it was not true any more."}`;
  if (mail.kind === "ready" && mail.sealed_secret === null) {
    return "The secret of this mail is not kept any more: rotate the token for a new one.";
  }
  const secret = openMailSecret(cipher, mail);
  if (secret === UNREADABLE) return "The secret of this mail cannot be read: rotate the token for a new one.";
  const recipient = await addressOf(trx, token);
  if (recipient === undefined) return "Neither the token nor its customer has an address that a mail can be sent to.";
  const sealed_secret = secret === undefined ? null : sealMailSecret(cipher, { id, recipient }, secret);
  const due = { state: "pending" as const, attempts: 0, next_attempt_at: now, ...UNFINISHED };
  const change = { ...due, recipient, sealed_secret };
  if (!(await updateRestingMail(trx, id, change, now))) return "This mail is being handed over right now.";
  await settleRetried(trx, id, now);
  return undefined;
}
