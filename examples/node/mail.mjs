import { appendFile } from "node:fs/promises";
import { setting } from "./broker.mjs";

/**
 * Yours: use what your shop sends mails with. It throws when the mail was not taken, so that the shop delivers again.
 * This one appends to the file MAIL_FILE, for trials.
 */
export async function sendTokenToCustomer(email, token, expiresAt) {
  await appendFile(setting("MAIL_FILE"), `${JSON.stringify({ email, token, expiresAt })}\n`);
}
