/** Begins the reason of a ref that is skipped because its package is another source's, whose id follows. */
export const OTHER_OWNER = "the package belongs to another source: ";

/** The kind of what needs attention at a source whose new release is skipped. */
export const SKIPPED_VERSION = "source.version_skipped";
