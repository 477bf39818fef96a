import { escapeHtml } from "../escape-html.ts";

/** The little Markdown of our descriptions: paragraphs and `code`. */
export function proseHtml(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${phraseHtml(paragraph)}</p>`)
    .join("");
}

/** One phrase, with its `code`. */
export function phraseHtml(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

/** What may stand behind a `#`. */
export function anchorOf(kind: string, name: string): string {
  return `${kind}-${name.replaceAll(/[^A-Za-z0-9_.-]/g, "-")}`;
}
