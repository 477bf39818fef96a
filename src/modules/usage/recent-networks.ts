import { HOUSEHOLD, networkOf } from "../../platform/http/index.ts";

/** More networks of one token on one day are not told apart: "256 or more" is all anybody needs to know. */
export const NETWORKS_PER_TOKEN_MAX = 256;
const ADDRESSES_PER_TOKEN_MAX = 64;
/** Of all tokens together: about 15 MB. Past it the tokens seen first are forgotten, and noted once more. */
const ENTRIES_MAX = 100_000;

/** Composer says so itself, in `User-Agent`, wherever the environment has `CI`. */
const CI = /; CI[;)]/;

/** What is known of one token today. True stands for: nothing but continuous integration so far. */
interface Seen {
  day: number;
  addresses: Map<string, boolean>;
  networks: Map<string, boolean>;
}

/** A network a token was not seen in today, or not by anything but continuous integration. */
export interface NotedNetwork {
  network: string;
  ciOnly: boolean;
}

/**
 * Remembers which networks each token was seen in today, so that only the first request from each costs anything. In
 * memory only: after a restart each is noted once more, which changes nothing.
 */
export class RecentNetworks {
  readonly #byToken = new Map<string, Seen>();
  readonly #entriesMax: number;
  #entries = 0;

  constructor(entriesMax = ENTRIES_MAX) {
    this.#entriesMax = entriesMax;
  }

  /** Undefined when there is nothing to note. Warm, it is two look-ups. */
  note(token: string, address: string, userAgent: string | undefined, day: number): NotedNetwork | undefined {
    const seen = this.#byToken.get(token);
    if (seen?.day === day) {
      const wasCiOnly = seen.addresses.get(address);
      if (wasCiOnly === false || (wasCiOnly === true && isCi(userAgent))) return undefined;
    }
    const today = this.#today(token, day, seen);
    const noted = this.#noteNew(today, address, isCi(userAgent));
    this.#makeRoom(today);
    return noted;
  }

  #makeRoom(current: Seen): void {
    for (const [oldest, old] of this.#byToken) {
      if (this.#entries <= this.#entriesMax) return;
      if (old !== current) this.#forget(oldest, old);
    }
  }

  #noteNew(seen: Seen, address: string, ciOnly: boolean): NotedNetwork | undefined {
    if (seen.addresses.size >= ADDRESSES_PER_TOKEN_MAX) {
      this.#entries -= seen.addresses.size;
      seen.addresses.clear();
    }
    this.#entries += seen.addresses.has(address) ? 0 : 1;
    seen.addresses.set(address, ciOnly);
    const network = networkOf(address, HOUSEHOLD);
    const before = seen.networks.get(network);
    if (before === false || before === ciOnly) return undefined;
    if (before === undefined) {
      if (seen.networks.size >= NETWORKS_PER_TOKEN_MAX) return undefined;
      this.#entries++;
    }
    seen.networks.set(network, ciOnly);
    return { network, ciOnly };
  }

  #today(token: string, day: number, seen: Seen | undefined): Seen {
    if (seen?.day === day) return seen;
    this.#forget(token, seen);
    const fresh = { day, addresses: new Map(), networks: new Map() };
    this.#byToken.set(token, fresh);
    return fresh;
  }

  #forget(token: string, seen: Seen | undefined): void {
    if (seen === undefined) return;
    this.#entries -= seen.addresses.size + seen.networks.size;
    this.#byToken.delete(token);
  }
}

function isCi(userAgent: string | undefined): boolean {
  return userAgent !== undefined && CI.test(userAgent);
}
