const AGAIN = ">";

/** Of a mail that takes the place of another one with this cause, to another address: no cause has two mails. */
export function causeAgain(cause: string, mailId: string): string {
  return `${firstCause(cause)}${AGAIN}${mailId}`;
}

/** The same for all mails that took each other's place: to the customer they are one. */
export function firstCause(cause: string): string {
  return cause.split(AGAIN)[0] ?? cause;
}
