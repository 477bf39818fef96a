/** Begins the reason of a ref that is skipped because its package is another source's, whose id follows. */
export const OTHER_OWNER = "the package belongs to another source: ";
