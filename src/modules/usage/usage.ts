import { nowSeconds } from "../../platform/clock.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { isIntegrityFailure } from "../../platform/database/index.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { oneAtATime } from "../../platform/one-at-a-time.ts";
import type { Database } from "../../schema.ts";
import type { AuditCipher } from "../audit/index.ts";
import { DAY_SECONDS, HOUR_SECONDS, PendingUsage } from "./pending-usage.ts";
import type { UsageBatch } from "./pending-usage.ts";
import { RecentNetworks } from "./recent-networks.ts";
import { createUpkeep } from "./usage-upkeep.ts";
import { sumTokenUsage } from "./usage-queries.ts";
import { writeBatch } from "./write-usage.ts";

/** Bounds what a crash loses. */
const FLUSH_EVERY_MS = 2_000;
/** 128 bits of a keyed hash. */
const NETWORK_HASH_LENGTH = 32;

export interface UsageDeps {
  database: Pick<Database, "db" | "transaction">;
  clock: Clock;
  logger: Logger;
  cipher: AuditCipher;
}

export interface UsageTotals {
  requests: number;
  downloads: number;
  requestsThisHour: number;
}

/** From where a request came. */
export interface RequestOrigin {
  address: string;
  userAgent: string | undefined;
}

/** Counts what tokens do: in memory at once, in the database every two seconds, on demand, and at shutdown. */
export interface Usage {
  /** `rotatedSecret`: the hash of the replaced secret that was used. */
  countRequest(token: string, from: RequestOrigin, rotatedSecret?: string): void;
  countDownload(token: string, packageId: string, versionNormalized: string): void;
  /** What composer reports to `/notify`: an install, also one from its own cache. */
  countInstall(token: string, packageId: string, versionNormalized: string): void;
  /**
   * Writes what was counted. When it fails nothing is lost and nothing is counted twice; the log tells, and the answer
   * that wanted the newest numbers is given with older ones: a shop that revokes must not fail over statistics.
   */
  flush(): Promise<void>;
  totalsOf(token: string, now: number): Promise<UsageTotals>;
  start(): void;
  stop(): Promise<void>;
}

/** `limits` are for tests. */
export function createUsage(deps: UsageDeps, limits: { rowsMax?: number; entriesMax?: number } = {}): Usage {
  const pending = new PendingUsage(limits.rowsMax);
  const networks = new RecentNetworks(limits.entriesMax);
  const flusher = new Flusher(deps, pending);
  const upkeep = createUpkeep(deps);
  let timer: NodeJS.Timeout | undefined;
  return {
    countRequest(token, { address, userAgent }, rotatedSecret) {
      const now = nowSeconds(deps.clock);
      pending.countRequest(token, now, rotatedSecret);
      const day = now - (now % DAY_SECONDS);
      const noted = networks.note(token, address, userAgent, day);
      // Without the key networks stay uncounted: a hash that anybody could guess would name them.
      if (noted === undefined || !deps.cipher.hasKey) return;
      const network = hashNetwork(deps.cipher, token, noted.network);
      pending.noteNetwork({ token, day, network, ci_only: noted.ciOnly ? 1 : 0 });
    },
    countDownload: (token, packageId, version) =>
      pending.countDownload(token, packageId, version, nowSeconds(deps.clock)),
    countInstall: (token, packageId, version) =>
      pending.countInstall(token, packageId, version, nowSeconds(deps.clock)),
    flush: () => flusher.flush(),
    totalsOf: (token, now) => sumTokenUsage(deps.database.db, token, now - (now % HOUR_SECONDS)),
    start() {
      timer ??= setInterval(() => void flusher.flush(), FLUSH_EVERY_MS).unref();
      upkeep.start();
    },
    async stop() {
      clearInterval(timer);
      await upkeep.stop();
      await flusher.flush();
      flusher.tellLoss();
    },
  };
}

/** Of token and network together: what one token shows says nothing about another one. */
function hashNetwork(cipher: Pick<Cipher, "mac">, token: string, network: string): string {
  return cipher.mac("usage network", `${token} ${network}`).slice(0, NETWORK_HASH_LENGTH);
}

/** Writes one batch after the other. A batch that failed is kept as it is, with its id, until it is written. */
class Flusher {
  readonly #deps: UsageDeps;
  readonly #pending: PendingUsage;
  #unwritten: UsageBatch | undefined;
  /** What is counted by now is written when it resolves, or kept. */
  readonly flush: () => Promise<void>;

  constructor(deps: UsageDeps, pending: PendingUsage) {
    this.#deps = deps;
    this.#pending = pending;
    this.flush = oneAtATime(
      () => this.#flushNow(),
      (error) => this.#tellFailure(error),
    );
  }

  /** At the end: what is left is lost. */
  tellLoss(): void {
    if (this.#unwritten === undefined) return;
    this.#deps.logger.error({ tokens: this.#unwritten.tokens.size }, "usage could not be written; it is lost");
  }

  async #flushNow(): Promise<void> {
    // What failed before, if anything, and then what came since.
    if (this.#unwritten !== undefined && !(await this.#write(this.#unwritten))) return;
    const batch = this.#pending.take();
    if (batch !== undefined) await this.#write(batch);
    this.#tellDropped();
  }

  async #write(batch: UsageBatch): Promise<boolean> {
    this.#unwritten = batch;
    try {
      const isNew = await writeBatch(this.#deps, batch);
      if (!isNew) this.#deps.logger.info({ flush: batch.id }, "usage had been written although no answer came");
    } catch (error) {
      this.#tellFailure(error);
      // It would never be written, and everything after it neither.
      if (!isIntegrityFailure(error)) return false;
    }
    this.#unwritten = undefined;
    return true;
  }

  #tellFailure(error: unknown): void {
    const what = isIntegrityFailure(error)
      ? "usage does not fit what is in the database, and is dropped"
      : "usage could not be written; kept in memory until the next attempt";
    this.#deps.logger.error({ err: error }, what);
    this.#tellDropped();
  }

  #tellDropped(): void {
    const dropped = this.#pending.takeDropped();
    if (dropped === undefined) return;
    this.#deps.logger.error(dropped, "usage was not counted: too much waits for the database already");
  }
}
