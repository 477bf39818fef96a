import { existsSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { setting } from "./broker.mjs";

/**
 * Once for each token, also when its order is told again: for a day PACKAGE.broker repeats the answer with the secret,
 * so that a mail that was not taken can be tried again. The marks may go after that day.
 */
export async function mailOnce(email, token) {
  const mark = `${setting("STATE_DIR")}/mailed-${token.id}`;
  if (existsSync(mark)) return;
  await sendTokenToCustomer(email, token.token, token.expires_at);
  await writeFile(mark, "");
}

/**
 * Yours: use what your shop sends mails with. It throws when the mail was not taken, so that it is tried again.
 * This one appends to the file MAIL_FILE, for trials.
 */
async function sendTokenToCustomer(email, token, expiresAt) {
  await appendFile(setting("MAIL_FILE"), `${JSON.stringify({ email, token, expiresAt })}\n`);
}
