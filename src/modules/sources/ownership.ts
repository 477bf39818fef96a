/** Begins the reason of a ref that is skipped because its package is another source's, whose name follows. */
export const OTHER_OWNER = "the package belongs to another source: ";

/** The reason without that name: for whoever may not see every source, and where texts go to others. */
export function withoutOwner(reason: string): string {
  return reason.startsWith(OTHER_OWNER) ? OTHER_OWNER.slice(0, -": ".length) : reason;
}

/** Ends the reason of a ref whose package the filters of its source leave out; the package's name comes before. */
export const OUTSIDE_FILTERS = " is outside the filters of the source";

/** A text for whoever has a package bound: without names of other sources, nor of packages that the filters leave out. */
export function withoutForeignNames(text: string): string {
  return withoutOwner(text).replaceAll(NAME_OUTSIDE, `the package${OUTSIDE_FILTERS}`);
}

const NAME_OUTSIDE = new RegExp(String.raw`\S+${OUTSIDE_FILTERS}`, "g");

/** The kind of what needs attention at a source whose new release is skipped. */
export const SKIPPED_VERSION = "source.version_skipped";
