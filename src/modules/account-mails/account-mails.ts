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

/** What of a user's second factor was changed. */
export type FactorChange =
  | "authenticator_added"
  | "authenticator_removed"
  | "passkey_added"
  | "passkey_removed"
  | "recovery_codes_renewed"
  | "removed_by_another";

const FACTOR_CHANGES: Record<FactorChange, string> = {
  authenticator_added: "An authenticator app was added to your account",
  authenticator_removed: "The authenticator app was removed from your account",
  passkey_added: "A passkey was added to your account",
  passkey_removed: "A passkey was removed from your account",
  recovery_codes_renewed: "New recovery codes were made for your account",
  removed_by_another: "Somebody who manages users removed the authenticator app and the passkeys of your account",
};

/** Tells what of the second factor was changed, so that whoever did not do it notices. It holds no secret. */
export function secondFactorMail(place: MailPlace, to: string, change: FactorChange, at: number): Message {
  const last =
    change === "removed_by_another"
      ? "If you did not ask for this, ask an owner of this server at once. You can set up a second factor again here:"
      : "If it was not you, change your password, which ends every other session, and ask an owner of this server for help:";
  return compose(to, `How you log in to ${titleOf(place)} was changed`, [
    `${FACTOR_CHANGES[change]} at ${place.publicUrl} on ${when(at)}.`,
    last,
    { href: `${place.publicUrl}/settings/account` },
  ]);
}

/** Tells of a log-in from a browser that is not known. It holds no secret. */
export function newDeviceMail(
  place: MailPlace,
  to: string,
  facts: { at: number; address: string; userAgent: string | null },
): Message {
  return compose(to, `A new browser logged in to ${titleOf(place)}`, [
    `Somebody logged in to your account at ${place.publicUrl} on ${when(facts.at)}, with a browser that has not been used for it since your password was last set.`,
    `It came from ${facts.address}${facts.userAgent === null ? "" : `, and calls itself ${facts.userAgent}`}.`,
    "If it was you, there is nothing to do. If not, change your password, which ends every other session, and look through the sessions, here:",
    { href: `${place.publicUrl}/settings/account` },
  ]);
}

/** What happened to a management token. */
export type TokenChange = "created" | "widened" | "rotated";

const CHANGE_IN_WORDS: Record<TokenChange, { subject: string; happened: string }> = {
  created: { subject: "A new management token", happened: "was made" },
  widened: { subject: "A management token works from more networks", happened: "may be used from more networks" },
  rotated: { subject: "A management token has a new secret", happened: "was given a new secret" },
};

export interface TokenFacts {
  kind: TokenChange;
  name: string;
  scopes: readonly string[];
  /** null: everything. */
  packages: readonly string[] | null;
  /** null: everywhere. */
  networks: readonly string[] | null;
  expiresAt: number | null;
  /** Who did it. */
  by: string;
  address: string | null;
  at: number;
}

/** To owners, so that one that nobody should have made is noticed. It holds no secret. */
export function managementTokenMail(place: MailPlace, to: string, facts: TokenFacts): Message {
  const { subject, happened } = CHANGE_IN_WORDS[facts.kind];
  const from = facts.address === null ? "" : ` from ${facts.address}`;
  const packages = facts.packages === null ? "every package hosted there" : facts.packages.join(", ");
  const networks = facts.networks === null ? "from everywhere" : `from ${facts.networks.join(", ")}`;
  const end = facts.expiresAt === null ? "and does not expire" : `until ${when(facts.expiresAt)}`;
  return compose(to, `${subject} at ${titleOf(place)}`, [
    `The management token “${facts.name}” at ${place.publicUrl} ${happened} on ${when(facts.at)} by ${facts.by}${from}.`,
    `It has the scopes ${facts.scopes.join(", ")}, for ${packages}, and works ${networks} ${end}.`,
    "If that is not as it should be, revoke the token here, and look into the audit log for what else was done:",
    { href: `${place.publicUrl}/settings/api-tokens` },
  ]);
}

/** To owners: a management token was found in public, and what became of it. */
export function leakedManagementTokenMail(
  place: MailPlace,
  to: string,
  facts: {
    name: string;
    last_four: string;
    source: string | null;
    url: string | null;
    isRevoked: boolean;
    enabledWebhooks: number;
  },
): Message {
  const { name, last_four, source, url, isRevoked, enabledWebhooks } = facts;
  const what = isRevoked
    ? "It was revoked at once: the shop or script that used it is refused until it gets another one."
    : "This was a secret that had been replaced, and it ended at once; the token goes on with its new secret.";
  const where = source === null ? "found in public" : `found in public (${source})`;
  return compose(to, `A management token of ${titleOf(place)} was found in public`, [
    `The management token "${name.replace(/\p{C}/gu, " ")}" at ${place.publicUrl}, with the secret that ends in ${last_four}, was reported as ${where}.`,
    ...(url === null ? [] : [`It was here: ${url.replace(/\p{C}/gu, " ")}`]),
    what,
    "Look through the audit log for what was done with it, and through the management tokens, users and webhooks that it may have made.",
    ...(enabledWebhooks === 0 ? [] : [`Webhooks that it made and that go on: ${enabledWebhooks}.`]),
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
