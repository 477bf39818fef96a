import { createHash, hkdfSync } from "node:crypto";
import { withoutKey } from "./without-key.ts";

export interface RingKey {
  /** Eight hex digits that tell nothing of the key. */
  readonly id: string;
  /** 32 bytes, from which the others are derived. */
  readonly master: Buffer;
  readonly sealing: Buffer;
  readonly mac: Buffer;
  /** Unix seconds since when another one is in use; null for the one in use. */
  readonly retiredAt: number | null;
}

export function ringKey(master: Buffer, retiredAt: number | null = null): RingKey {
  if (master.length !== 32) throw new Error("the encryption key must have 32 bytes");
  const derive = (info: string) => Buffer.from(hkdfSync("sha256", master, "", `package-broker ${info}`, 32));
  const sealing = derive("sealing");
  const id = createHash("sha256").update(sealing).digest("hex").slice(0, 8);
  return { id, master, sealing, mac: derive("mac"), retiredAt };
}

/**
 * The key in use, and those that were in use before: they open and check what they once made, and make nothing new.
 * One without any key throws `server.without_key` at whoever wants to seal, open, sign or check something.
 */
export class KeyRing {
  #keys: readonly RingKey[];

  /** The one in use first, the others from the newest to the oldest. */
  constructor(keys: readonly RingKey[]) {
    this.#keys = keys;
  }

  static of(master: Buffer): KeyRing {
    return new KeyRing([ringKey(master)]);
  }

  get hasKey(): boolean {
    return this.#keys.length > 0;
  }

  get current(): RingKey {
    const [current] = this.#keys;
    if (current === undefined) throw withoutKey("This");
    return current;
  }

  get keys(): readonly RingKey[] {
    if (!this.hasKey) throw withoutKey("This");
    return this.#keys;
  }

  find(id: string): RingKey | undefined {
    return this.keys.find((key) => key.id === id);
  }

  /** Another process has rotated: every cipher of this ring goes on with what is there now. */
  replace(keys: readonly RingKey[]): void {
    this.#keys = keys;
  }
}
