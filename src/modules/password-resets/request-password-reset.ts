import { randomInt } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { nowSeconds } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { Mail } from "../../platform/mail/index.ts";
import type { RequestHeaders } from "../../platform/http/cookies.ts";
import { SUBSCRIBER, networkOf } from "../../platform/http/index.ts";
import { findKnownDevice, findUserByEmail, holdUser, readEmail } from "../users/index.ts";
import { makeReset } from "./create-password-reset.ts";
import type { PasswordResetDeps } from "./create-password-reset.ts";
import { countRequest } from "./password-reset-queries.ts";

const WINDOW_SECONDS = 3600;
/** So that nobody's mailbox is filled by others. */
const MAILS_PER_ACCOUNT = 3;
const REQUESTS_PER_ADDRESS = 30;
const DELAY_MS = { min: 250, max: 1_000 };

/** The same whether or not there is such an account. */
export const REQUESTED =
  "If there is an account with this address, a mail with a link is on its way. The link works for an hour.";
export const NO_MAIL =
  "This server sends no mail: ask an owner or admin for a link, or use script/broker user reset on the server.";

/**
 * Asks for a link by mail. What is answered, and when, tells nothing about accounts: the account is looked up after
 * the answer, a while later. Throws `auth.throttled` for an address of the network that asks too often; an account
 * that is asked for too often gets no further mail for a while, without a word.
 */
export async function requestPasswordReset(
  deps: PasswordResetDeps & { mail: Mail },
  input: { email: string; address: string; headers: RequestHeaders; requestId: string },
): Promise<string> {
  const email = readEmail(input.email);
  const now = nowSeconds(deps.clock);
  const { db } = deps.database;
  const device = await findKnownDevice(deps, db, { email, headers: input.headers });
  // A browser that is known asks for itself: others use up neither its requests nor its mails.
  const [asker, most] =
    device === undefined
      ? [`reset-address:${networkOf(input.address, SUBSCRIBER)}`, REQUESTS_PER_ADDRESS]
      : [`reset-device:${device.id}`, MAILS_PER_ACCOUNT];
  if ((await countRequest(db, asker, now, WINDOW_SECONDS)) > most) {
    throw new AppError("auth.throttled", "Too many requests for links from your address; try again in an hour.", {
      retryAfterSeconds: WINDOW_SECONDS,
    });
  }
  if (!deps.mail.canSend) return NO_MAIL;
  const account = `reset-account:${deps.cipher.mac("password reset account", email)}`;
  const isAllowed = device !== undefined || (await countRequest(db, account, now, WINDOW_SECONDS)) <= MAILS_PER_ACCOUNT;
  if (isAllowed) {
    deps.mail.sendLater(async () => {
      // So that neither this answer nor the next one to come from here is slower where there is an account.
      await setTimeout(randomInt(DELAY_MS.min, DELAY_MS.max));
      return await prepareMail(deps, email, input.requestId);
    });
  }
  return REQUESTED;
}

async function prepareMail(deps: PasswordResetDeps, email: string, requestId: string) {
  return await deps.database.transaction(async (trx) => {
    const found = await findUserByEmail(trx, email);
    if (found === undefined) return undefined;
    const user = await holdUser(deps, trx, found.id);
    if (user.password_hash === null) return undefined;
    const { message } = await makeReset(deps, trx, { kind: "system", id: "password-reset", requestId }, user);
    return message;
  });
}
