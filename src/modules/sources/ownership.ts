/** Begins the reason of a ref that is skipped because its package is another source's, whose id follows. */
export const OTHER_OWNER = "the package belongs to another source: ";

/** The kind of what needs attention at a source whose new release is skipped. */
export const SKIPPED_VERSION = "source.version_skipped";

/** The same text with the names of these sources, by id, as people know them. */
export function nameOwners(text: string, names: ReadonlyMap<string, string>): string {
  const start = text.indexOf(OTHER_OWNER);
  if (start === -1) return text;
  const [before, after] = [text.slice(0, start + OTHER_OWNER.length), text.slice(start + OTHER_OWNER.length)];
  return before + after.replace(/^src_[0-9A-Za-z]+/, (id) => names.get(id) ?? id);
}
