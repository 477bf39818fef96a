import { nowSeconds } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { HandOver, Mail } from "../../platform/mail/index.ts";
import type { Database } from "../../schema.ts";
import { findMail, noteRecipient, updateClaimedMail } from "./mail-queries.ts";
import type { MailRow } from "./mail-queries.ts";
import { firstCause } from "./mail-causes.ts";
import { fateOf, verdictOn } from "./mail-outcome.ts";
import type { Verdict } from "./mail-outcome.ts";
import { noteFailure, settleBySent } from "./mail-failures.ts";
import type { MailTemplates } from "./mail-templates.ts";
import { UNREADABLE, isSameAddress, openMailSecret } from "./mail-secret.ts";
import { addressOf, mailValues } from "./mail-values.ts";
import type { MailPlace } from "./mail-values.ts";
import { readdressMail } from "./readdress-mails.ts";
import { findTokenRow } from "./token-mail-queries.ts";

export interface SendMailDeps extends MailPlace {
  database: Pick<Database, "db" | "transaction">;
  templates: Pick<MailTemplates, "render">;
  mail: Pick<Mail, "handOver" | "from">;
  logger: Logger;
  /** From 0 to 1; replaced by tests. */
  random?: () => number;
}

/**
 * Sends a mail that was claimed, or finds that it is not true any more; what came of it is in the row. When `signal`
 * is aborted meanwhile the mail is as it was, due at once.
 */
export async function sendClaimedMail(
  deps: SendMailDeps,
  mail: MailRow,
  claimedBy: string,
  signal: AbortSignal,
): Promise<void> {
  const { db } = deps.database;
  const release = (change: Parameters<typeof updateClaimedMail>[3]) =>
    updateClaimedMail(db, mail.id, claimedBy, change);
  const now = nowSeconds(deps.clock);
  const secret = openMailSecret(deps.cipher, mail);
  const token = await findTokenRow(db, mail.token);
  if (token === undefined || mail.recipient === null || secret === UNREADABLE) {
    const words = secret === UNREADABLE ? OF_ANOTHER : "Nothing is left of it.";
    await recordOutcome(deps, mail, claimedBy, { taken: false, isFinal: true, words });
    return;
  }
  const verdict = await verdictOn(db, mail, token, secret, now);
  if (!verdict.send) {
    await release(restOf(verdict, now));
    return;
  }
  const to = await addressOf(db, token);
  if (to === undefined) {
    await deps.database.transaction((trx) => readdressMail(deps, trx, mail, to));
    await release({});
    return;
  }
  // Whoever changes an address here takes along what waits: this is somebody who writes to the database.
  if (secret !== undefined && !isSameAddress(mail.recipient, to)) {
    await recordOutcome(deps, mail, claimedBy, { taken: false, isFinal: true, words: ANOTHER_ADDRESS });
    return;
  }
  const { isReplacement, line } = verdict;
  const values = await mailValues(
    db,
    deps.publicUrl,
    { token, secret, isReplacement, line, leaked: leakOf(mail) },
    now,
  );
  if (to !== mail.recipient) await noteRecipient(db, mail.id, claimedBy, to);
  const message = { to, ...deps.templates.render(mail.kind, values) };
  const outcome = await deps.mail.handOver(message, { messageId: messageIdOf(deps, mail.id), signal });
  if (signal.aborted && !outcome.taken) await release({});
  else await recordOutcome(deps, mail, claimedBy, outcome);
}

const OF_ANOTHER =
  "Its secret cannot be read: the address in its row is not the one it was made for, or it was encrypted with another ENCRYPTION_KEY. Rotate the token for a new one.";
const ANOTHER_ADDRESS =
  "The token's or the customer's address was changed in the database, so its secret was sent to nobody. Look whose address it is, then send it again.";

function restOf(verdict: Exclude<Verdict, { send: true }>, now: number): Parameters<typeof updateClaimedMail>[3] {
  if ("waitSeconds" in verdict) return { state: "pending", next_attempt_at: now + verdict.waitSeconds };
  const ended = { next_attempt_at: null, finished_at: now, sealed_secret: null };
  return { state: "cancelled", detail: verdict.cancelled, ...ended };
}

/** The beginning of the hash of the secret that such a mail is about. */
function leakOf({ kind, cause }: MailRow): string | undefined {
  return kind === "leaked" ? firstCause(cause).split(":")[2] : undefined;
}

/** The same at every attempt: where one was taken and we never heard of it, the second copy can be told by this. */
function messageIdOf({ mail, publicUrl }: SendMailDeps, id: string): string {
  const domain = mail.from?.address.split("@")[1] ?? new URL(publicUrl).hostname;
  return `${id}@${domain}`;
}

async function recordOutcome(
  deps: SendMailDeps,
  mail: Pick<MailRow, "id" | "kind">,
  claimedBy: string,
  outcome: HandOver,
): Promise<void> {
  const { id, kind } = mail;
  const state = await deps.database.transaction(async (trx) => {
    const row = await findMail(trx, id);
    if (row?.claimed_by !== claimedBy) return undefined;
    const random = deps.random ?? Math.random;
    const { forgetSecret, ...fate } = fateOf(row, outcome, { clock: deps.clock, random });
    // Cancelled while it was under way: it is not tried again, and where it was taken that is what happened.
    const change = row.state === "cancelled" && !outcome.taken ? { attempts: fate.attempts } : fate;
    await updateClaimedMail(trx, id, claimedBy, { ...change, ...(forgetSecret ? { sealed_secret: null } : {}) });
    if (fate.state === "sent") await settleBySent(trx, row, nowSeconds(deps.clock));
    if (change === fate && fate.state === "failed") await noteFailure(deps, trx, row, fate.detail);
    return change === fate ? fate.state : row.state;
  });
  if (state === "sent") deps.logger.info({ mail: id, kind }, "a mail to a customer was handed to the mail server");
  else if (!outcome.taken) deps.logger.warn({ mail: id, kind, state, reason: outcome.words }, "a mail was not taken");
}
