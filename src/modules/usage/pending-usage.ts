import { newId } from "../../platform/crypto/ids.ts";
import type { NewTokenNetwork } from "./network-queries.ts";
import type { TokenHour, VersionDay } from "./usage-queries.ts";

export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 86_400;

/** Rows of each kind that wait for the database, about 15 MB a kind. What is known already goes on counting. */
const ROWS_MAX = 100_000;

/** What was counted between two flushes. It is written as a whole, once, whatever becomes of the answer. */
export interface UsageBatch {
  id: string;
  tokens: ReadonlyMap<string, TokenCounts>;
  days: ReadonlyMap<string, VersionDay>;
  /** Of replaced secrets, by hash: when it was used last. */
  secretsLastUsed: ReadonlyMap<string, number>;
  networks: ReadonlyMap<string, NewTokenNetwork>;
}

export interface TokenCounts {
  lastUsedAt: number;
  /** The newest last; more than one only around a full hour, or while the database is away. */
  hours: TokenHour[];
}

/** What could not be kept. */
export interface Dropped {
  requests: number;
  downloads: number;
  installs: number;
  networks: number;
}

/**
 * What was counted and is not written yet, bounded: when the database is away for so long that there is no room, rows
 * that are not there yet are left out and counted as dropped. An event is counted everywhere or nowhere.
 */
export class PendingUsage {
  #tokens = new Map<string, TokenCounts>();
  #hourCount = 0;
  #days = new Map<string, VersionDay>();
  #secretsLastUsed = new Map<string, number>();
  #networks = new Map<string, NewTokenNetwork>();
  #dropped: Dropped = nothingDropped();
  readonly #rowsMax: number;

  constructor(rowsMax = ROWS_MAX) {
    this.#rowsMax = rowsMax;
  }

  countRequest(token: string, now: number, rotatedSecret: string | undefined): void {
    const hour = this.#hourOf(token, now);
    if (hour === undefined) this.#dropped.requests++;
    else hour.requests++;
    if (rotatedSecret !== undefined && this.#hasRoom(this.#secretsLastUsed, rotatedSecret)) {
      this.#secretsLastUsed.set(rotatedSecret, now);
    }
  }

  countDownload(token: string, packageId: string, version: string, now: number): void {
    const hour = this.#hourOf(token, now);
    const day = hour && this.#dayOf(token, packageId, version, now);
    if (hour === undefined || day === undefined) {
      this.#dropped.downloads++;
      return;
    }
    hour.downloads++;
    day.downloads++;
  }

  countInstall(token: string, packageId: string, version: string, now: number): void {
    const day = this.#dayOf(token, packageId, version, now);
    if (day === undefined) this.#dropped.installs++;
    else day.installs++;
  }

  noteNetwork(row: NewTokenNetwork): void {
    const key = `${row.token} ${row.day} ${row.network}`;
    if (!this.#hasRoom(this.#networks, key)) this.#dropped.networks++;
    else this.#networks.set(key, row);
  }

  /** Everything so far, as one batch, and begins anew; undefined when there is nothing. */
  take(): UsageBatch | undefined {
    if (this.#tokens.size + this.#days.size === 0) return undefined;
    const batch = {
      ...{ id: newId("flush"), tokens: this.#tokens, days: this.#days },
      ...{ secretsLastUsed: this.#secretsLastUsed, networks: this.#networks },
    };
    this.#tokens = new Map();
    this.#hourCount = 0;
    this.#days = new Map();
    this.#secretsLastUsed = new Map();
    this.#networks = new Map();
    return batch;
  }

  /** What was left out since it was asked last; undefined when nothing was. */
  takeDropped(): Dropped | undefined {
    const dropped = this.#dropped;
    this.#dropped = nothingDropped();
    return Object.values(dropped).some((count) => count > 0) ? dropped : undefined;
  }

  #hourOf(token: string, now: number): TokenHour | undefined {
    const hour = now - (now % HOUR_SECONDS);
    const counts = this.#tokens.get(token);
    const newest = counts?.hours.at(-1);
    if (counts !== undefined && newest?.hour === hour) {
      counts.lastUsedAt = now;
      return newest;
    }
    if (this.#hourCount >= this.#rowsMax) return undefined;
    this.#hourCount++;
    const fresh = { token, hour, requests: 0, downloads: 0 };
    if (counts === undefined) this.#tokens.set(token, { lastUsedAt: now, hours: [fresh] });
    else {
      counts.lastUsedAt = now;
      counts.hours.push(fresh);
    }
    return fresh;
  }

  #dayOf(token: string, packageId: string, version: string, now: number): VersionDay | undefined {
    const day = now - (now % DAY_SECONDS);
    const key = [token, packageId, version, day].join(" ");
    const known = this.#days.get(key);
    if (known !== undefined || this.#days.size >= this.#rowsMax) return known;
    const fresh = { token, package: packageId, version_normalized: version, day, downloads: 0, installs: 0 };
    this.#days.set(key, fresh);
    return fresh;
  }

  #hasRoom(map: ReadonlyMap<string, unknown>, key: string): boolean {
    return map.size < this.#rowsMax || map.has(key);
  }
}

function nothingDropped(): Dropped {
  return { requests: 0, downloads: 0, installs: 0, networks: 0 };
}
