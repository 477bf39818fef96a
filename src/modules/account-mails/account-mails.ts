import { htmlOf } from "../../platform/mail/index.ts";
import type { Message } from "../../platform/mail/index.ts";

type Paragraph = string | { href: string };

/** What a mail about an account knows of the place it comes from. */
export interface MailPlace {
  publicUrl: string;
  /** Of the settings; null where nobody has set it. */
  vendorName: string | null;
}

/** To somebody who has been given an account: the link to set a password. It works once. */
export function invitationMail(place: MailPlace, to: string, facts: { link: string; expiresAt: number }): Message {
  return compose(to, `Your invitation to ${titleOf(place)}`, [
    `You have been invited to ${titleOf(place)} at ${place.publicUrl}. Open this link to set your password:`,
    { href: facts.link },
    `It works once, until ${when(facts.expiresAt)}. If you did not expect this, ignore it.`,
  ]);
}

/** To somebody who forgot the password, or whom an owner helps. The link works once. */
export function passwordResetMail(place: MailPlace, to: string, facts: { link: string; expiresAt: number }): Message {
  return compose(to, `Set a new password for ${titleOf(place)}`, [
    `Somebody asked for a new password for your account at ${place.publicUrl}. Open this link to set it:`,
    { href: facts.link },
    `It works once, until ${when(facts.expiresAt)}. If it was not you, ignore this: your password stays as it is.`,
  ]);
}

/** Tells that the password was changed, so that whoever did not do it notices. It holds no secret. */
export function passwordChangedMail(place: MailPlace, to: string, changedAt: number): Message {
  return compose(to, `Your password for ${titleOf(place)} was changed`, [
    `The password of your account at ${place.publicUrl} was changed on ${when(changedAt)}.`,
    "If it was not you, ask an owner of this server at once to reset it.",
  ]);
}

/** To a guest who wants what they bought in an account of the shop. */
export function joinCodeMail(place: MailPlace, to: string, facts: { code: string; expiresAt: number }): Message {
  return compose(to, `Your code for ${titleOf(place)}`, [
    `Type this code in the shop to add what you bought as a guest to your account: ${facts.code}`,
    `It works once, until ${when(facts.expiresAt)}. If you did not ask for it, ignore this and give it to nobody.`,
  ]);
}

function compose(to: string, subject: string, paragraphs: readonly Paragraph[]): Message {
  const lines = paragraphs.map((paragraph) => (typeof paragraph === "string" ? paragraph : `    ${paragraph.href}`));
  return { to, subject: subject.replace(/\p{C}/gu, " "), text: `${lines.join("\n\n")}\n`, html: htmlOf(paragraphs) };
}

function titleOf({ vendorName }: MailPlace): string {
  return vendorName === null ? "PACKAGE.broker" : `${vendorName} (PACKAGE.broker)`;
}

function when(unixSeconds: number): string {
  return `${new Date(unixSeconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
