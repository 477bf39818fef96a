import type { KeysInFile } from "./key-file.ts";
import { readKeys, readOrCreateKeys } from "./key-file.ts";
import { KeyRing, ringKey } from "./key-ring.ts";
import type { RingKey } from "./key-ring.ts";

/** How often a process looks whether another one has rotated; a rotation waits for longer. */
export const RELOAD_EVERY_MS = 1_000;

/** Where the keys come from: the environment, or the file, which may change while the process runs. */
export type KeyPlace = { readonly file: string } | { readonly current: Buffer; readonly retired: readonly Buffer[] };

/** The ring of this process. */
export class KeySource {
  readonly ring: KeyRing;
  readonly place: KeyPlace;
  #timer: NodeJS.Timeout | undefined;

  private constructor(place: KeyPlace, keys: readonly RingKey[]) {
    this.place = place;
    this.ring = new KeyRing(keys);
  }

  static async open(place: KeyPlace): Promise<KeySource> {
    if ("file" in place) return new KeySource(place, ringOf(await readOrCreateKeys(place.file)));
    return new KeySource(place, [ringKey(place.current), ...place.retired.map((key) => ringKey(key, 0))]);
  }

  /** For a server that is to go on without the key: a ring that throws, also when the file comes back. */
  static missing(place: KeyPlace): KeySource {
    return new KeySource(place, []);
  }

  /** Takes what the file holds now. */
  async reload(): Promise<void> {
    if (!("file" in this.place)) return;
    const keys = await readKeys(this.place.file);
    // A file that is gone is no reason to forget what it held.
    if (keys !== undefined) this.ring.replace(ringOf(keys));
  }

  watch(onError: (error: unknown) => void): void {
    if ("file" in this.place && this.ring.hasKey) {
      this.#timer ??= setInterval(() => void this.reload().catch(onError), RELOAD_EVERY_MS).unref();
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function ringOf({ current, next, retired }: KeysInFile): RingKey[] {
  return [
    ringKey(current),
    ...(next === undefined ? [] : [ringKey(next)]),
    ...retired.map(({ key, at }) => ringKey(key, at)),
  ];
}
