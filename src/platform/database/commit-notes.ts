/** Notes of transactions under way; one that is given up takes its own with it. */
const notesByTransaction = new WeakMap<object, string[]>();

/** The list of what a transaction notes, made where it begins. */
export function notesOf(trx: object): string[] {
  const known = notesByTransaction.get(trx) ?? [];
  notesByTransaction.set(trx, known);
  return known;
}

/** Notes something about a transaction that {@link CommitNotes} tells once it is committed; outside of one, nothing. */
export function noteCommit(trx: object, note: string): void {
  notesByTransaction.get(trx)?.push(note);
}

/** Whoever keeps a trace of commits outside of the database listens here. */
export class CommitNotes {
  readonly #listeners = new Set<(notes: readonly string[]) => Promise<void>>();

  listen(listener: (notes: readonly string[]) => Promise<void>): void {
    this.#listeners.add(listener);
  }

  /** The change is committed whatever becomes of the trace, so a listener deals with its own failures. */
  async tell(notes: readonly string[]): Promise<void> {
    if (notes.length === 0) return;
    await Promise.all([...this.#listeners].map((listener) => listener(notes)));
  }
}
