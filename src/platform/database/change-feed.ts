/** Told the topic of a committed change, or {@link EVERYTHING} when it is not known what changed. */
export type ChangeListener = (topic: string) => void;

/** "Something changed, it is not known what": every cache must be emptied. */
export const EVERYTHING = "*";

/**
 * Committed changes, told to caches. A change made in this process is told before the call that made it returns; one
 * made elsewhere (another instance, the command line) well under a second later.
 */
export class ChangeFeed {
  readonly #listeners = new Set<ChangeListener>();

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(topic: string): void {
    for (const listener of this.#listeners) listener(topic);
  }
}
