import { invalidField } from "../../platform/errors.ts";
import { isMailAddress } from "../../platform/mail/index.ts";

const NAME_LENGTH_MAX = 200;
/** Overrides and isolates of the writing direction: they make a name look like another one, or swallow what follows. */
const REORDERING = /[\u202a-\u202e\u2066-\u2069]/u;

/** The lower-cased address, which is what users are told apart by. One that mail can be sent to, by the one rule. */
export function readEmail(text: string, pointer = "/email"): string {
  const email = text.trim().toLowerCase();
  if (!isMailAddress(email)) throw invalidField(pointer, "must be an e-mail address such as jane@example.com");
  return email;
}

export function readUserName(text: string, pointer = "/name"): string {
  const name = text.trim();
  if (name === "" || name.length > NAME_LENGTH_MAX) {
    throw invalidField(pointer, `must have 1 to ${NAME_LENGTH_MAX} characters`);
  }
  if (/\p{Cc}|\p{Cs}/u.test(name) || REORDERING.test(name)) {
    throw invalidField(pointer, "must not contain control characters");
  }
  return name;
}
