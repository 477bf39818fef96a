/** Absent fields stay as they are. */
export interface SourceChange {
  /** Where the same repository is now. */
  readonly url?: string | undefined;
  readonly name?: string | undefined;
  /** Replaces the whole list; an empty one takes every package, null everything the caller may bring in. */
  readonly filters?: readonly string[] | null | undefined;
  /** null: none, the password stays. */
  readonly username?: string | null | undefined;
  /** null: none, and no user name. */
  readonly password?: string | null | undefined;
}
