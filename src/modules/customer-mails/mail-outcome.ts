import { nowSeconds } from "../../platform/clock.ts";
import { hashSecret } from "../../platform/crypto/secrets.ts";
import type { HandOver } from "../../platform/mail/index.ts";
import { spreadDelay } from "../../platform/spread-delay.ts";
import type { Db } from "../../schema.ts";
import { hasEnded } from "../grants/index.ts";
import type { MailSubject } from "./mail-values.ts";
import { lineOf, patternsEndingWith } from "./order-lines.ts";
import type { OrderLine } from "./order-lines.ts";
import { countReadyMails } from "./mail-queries.ts";
import type { MailRow } from "./mail-queries.ts";
import { isRotation } from "./token-mails.ts";
import type { TokenRow } from "./token-mail-queries.ts";

/** What becomes of a mail when its turn comes. */
export type Verdict =
  | { send: true; isReplacement: boolean; line?: MailSubject["line"] }
  | { send: false; cancelled: string }
  | { send: false; waitSeconds: number };

/** While the mail before it is on its way. */
const WAIT_SECONDS = 30;

/**
 * Whether a mail is still true. What happened between its cause and now decides: nobody gets a secret that does not
 * work, a reminder of a date that has moved, or word of the end of a token they were never told of.
 */
export async function verdictOn(
  db: Db,
  mail: MailRow,
  token: TokenRow,
  secret: string | undefined,
  now: number,
): Promise<Verdict> {
  const reason = untrueBecause(mail, token, secret, now);
  if (reason !== undefined) return { send: false, cancelled: reason };
  const line = lineOf(mail);
  if (line !== undefined) return await verdictOnLine(db, token, line, now);
  if (mail.kind === "renewed" || mail.kind === "expiring" || mail.kind === "leaked")
    return { send: true, isReplacement: false };
  const told = await countReadyMails(db, token.id, now);
  if (mail.kind === "revoked") {
    if (told.underWay > 0) return { send: false, waitSeconds: WAIT_SECONDS };
    if (told.all === 0 || told.sent > 0) return { send: true, isReplacement: false };
    return { send: false, cancelled: "The customer was never mailed about this token." };
  }
  // Who never got the mail with the first secret needs all of it, not only what is new.
  const others = told.all - 1;
  return { send: true, isReplacement: isRotation(mail.cause) && (others === 0 || told.sent > 0) };
}

function untrueBecause(mail: MailRow, token: TokenRow, secret: string | undefined, now: number): string | undefined {
  // It was found, whatever became of the token since.
  if (mail.kind === "leaked") return undefined;
  if (mail.kind === "revoked") return token.revoked_at === null ? "The revocation was undone before this." : undefined;
  if (token.revoked_at !== null) return "The token was revoked before this was sent.";
  if (hasEnded(token, now) && token.order_line === null) return "The token expired before this was sent.";
  if (mail.kind === "ready") {
    const isCurrent = secret !== undefined && hashSecret(secret) === token.secret_hash;
    return isCurrent ? undefined : "The token got another secret before this was sent.";
  }
  // What ends, or goes on, is told once it works again.
  if (token.suspended_at !== null) return "The token was suspended before this was sent.";
  if (lineOf(mail) !== undefined) return undefined;
  return token.expires_at === mail.expires_at ? undefined : "The token's expiry changed again before this was sent.";
}

async function verdictOnLine(db: Db, token: TokenRow, line: OrderLine, now: number): Promise<Verdict> {
  const patterns = await patternsEndingWith(db, token, line, now);
  if (patterns === undefined) {
    return { send: false, cancelled: "The line of the order was changed before this was sent." };
  }
  if (patterns.length > 0) return { send: true, isReplacement: false, line: { ...line, patterns } };
  return { send: false, cancelled: "The customer has everything of this line for longer by another purchase." };
}

/** From a minute to half a day, for a good three days in all: a mail server is back by then, or somebody looks. */
const DELAYS_SECONDS = [60, 300, 900, 3_600, 7_200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200, 43_200];

/** What an attempt makes of the row. */
export function fateOf(
  mail: Pick<MailRow, "attempts" | "state">,
  outcome: HandOver,
  { clock, random }: { clock: Parameters<typeof nowSeconds>[0]; random: () => number },
): Pick<MailRow, "state" | "detail" | "attempts" | "next_attempt_at" | "finished_at"> & { forgetSecret: boolean } {
  const now = nowSeconds(clock);
  const attempts = mail.attempts + 1;
  const ended = { attempts, next_attempt_at: null, finished_at: now };
  if (outcome.taken) return { ...ended, state: "sent", detail: null, forgetSecret: true };
  const { words: detail } = outcome;
  const delay = spreadDelay(DELAYS_SECONDS, attempts, random());
  // Its secret is kept for a while: somebody may put the address right and send it again.
  if (outcome.isFinal || delay === undefined) return { ...ended, state: "failed", detail, forgetSecret: false };
  return { state: "pending", detail, attempts, next_attempt_at: now + delay, finished_at: null, forgetSecret: false };
}
