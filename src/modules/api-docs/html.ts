/** Text as HTML shows it, also inside of an attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

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
