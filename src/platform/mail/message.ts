import { escapeHtml } from "../escape-html.ts";
import { isMailAddress } from "./mail-settings.ts";

/** A mail to one person, as plain text and as HTML that loads nothing from anywhere. */
export interface Message {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Why a message cannot be sent as it is: a line break in an address or subject would begin another header. */
export function messageProblem(message: Message): string | undefined {
  if (!isMailAddress(message.to)) return "its address is not one plain mail address";
  if (/\p{C}/u.test(message.subject)) return "its subject has control characters";
  return undefined;
}

/** Paragraphs as simple HTML: every text is escaped; `{ href }` becomes a link that shows its whole address. */
export function htmlOf(paragraphs: readonly (string | { href: string })[]): string {
  const inner = paragraphs.map((paragraph) => {
    if (typeof paragraph === "string") return `<p>${escapeHtml(paragraph)}</p>`;
    const address = escapeHtml(paragraph.href);
    return `<p><a href="${address}">${address}</a></p>`;
  });
  return `<!doctype html><html><body style="font-family:sans-serif;line-height:1.5">${inner.join("")}</body></html>\n`;
}
