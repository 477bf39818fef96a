import { invalidField } from "../../platform/errors.ts";
import { textProblem } from "../../platform/http/schemas.ts";

const EMAIL_LENGTH_MAX = 254;
const NAME_LENGTH_MAX = 200;
/** One @, no white space, a dot or nothing special after it: the rest is proved by mail that arrives. */
const EMAIL = /^[^\s@<>()",;:\\]+@[^\s@<>()",;:\\]+$/;

/** The lower-cased address, which is what users are told apart by. */
export function readEmail(text: string, pointer = "/email"): string {
  const email = text.trim().toLowerCase();
  if (
    email.length > EMAIL_LENGTH_MAX ||
    !EMAIL.test(email) ||
    textProblem(email) !== undefined ||
    /\p{Cc}/u.test(email)
  ) {
    throw invalidField(pointer, "must be an e-mail address such as jane@example.com");
  }
  return email;
}

export function readUserName(text: string, pointer = "/name"): string {
  const name = text.trim();
  if (name === "" || name.length > NAME_LENGTH_MAX) {
    throw invalidField(pointer, `must have 1 to ${NAME_LENGTH_MAX} characters`);
  }
  if (/\p{Cc}|\p{Cs}/u.test(name)) throw invalidField(pointer, "must not contain control characters");
  return name;
}
