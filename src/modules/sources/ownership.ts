/** Begins the reason of a ref that is skipped because its package is another source's, whose name follows. */
export const OTHER_OWNER = "the package belongs to another source: ";

/** The reason without that name: for whoever may not see every source, and where texts go to others. */
export function withoutOwner(reason: string): string {
  return reason.startsWith(OTHER_OWNER) ? OTHER_OWNER.slice(0, -": ".length) : reason;
}

/** The kind of what needs attention at a source whose new release is skipped. */
export const SKIPPED_VERSION = "source.version_skipped";
