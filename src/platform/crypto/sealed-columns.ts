/**
 * A column that holds sealed text, as its module knows it. Whoever seals into a new column names it in one of these:
 * a rotation finds by them what it has to seal anew.
 */
export interface SealedColumn {
  readonly table: string;
  readonly key: readonly string[];
  readonly column: string;
  /** Contexts that a row's text may have been sealed in; it is sealed anew in the one that opens it. */
  readonly contextsOf: (row: Record<string, string | null>) => string[];
}
