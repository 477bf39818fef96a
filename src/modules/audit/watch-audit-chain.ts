import { nowSeconds } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { isSameEnd } from "./audit-chain.ts";
import { findAuditHead, findRecordStates, findSealedRow } from "./chain-queries.ts";
import type { AuditHeadRow } from "./audit-queries.ts";
import type { AuditWitness, Witness, WrittenRecord } from "./audit-witness.ts";
import { nameOf } from "./begin-audit-chain.ts";
import { recordProblem } from "./record-problem.ts";
import { requireSigned } from "./seal-audit-events.ts";
import type { SealDeps } from "./audit-events.ts";

/** An end that stands still is looked for so often. */
const LOOK_EVERY_SECONDS = 60;
const LOG_EVERY_SECONDS = 86_400;

export interface WatchDeps extends SealDeps {
  witness: AuditWitness;
  logger: Logger;
}

/** Keeps the witness outside of the database beside the chain, and says when they are not of one mind any more. */
export class AuditWatch {
  readonly #deps: WatchDeps;
  #seen: { end: string; at: number } | undefined;
  #loggedAt: number | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** After every sealing. */
  async look(): Promise<void> {
    const now = nowSeconds(this.#deps.clock);
    const end = nameOf(await this.#head());
    if (this.#seen?.end !== end || now - this.#seen.at >= LOOK_EVERY_SECONDS) {
      await this.#compare(now);
      this.#seen = { end, at: now };
    }
    await this.#deps.witness.sweepWritten((written) => this.#haveAllCome(written));
    if (this.#loggedAt === undefined || now - this.#loggedAt >= LOG_EVERY_SECONDS) this.#log(end, now);
  }

  /** The last word of a stopping server. */
  async end(): Promise<void> {
    await this.look();
    if (this.#seen !== undefined) this.#log(this.#seen.end, nowSeconds(this.#deps.clock));
  }

  /** A log that is kept elsewhere is a witness too: `audit verify --expect` takes what it says. */
  #log(end: string, now: number): void {
    this.#deps.logger.info({ audit_chain_end: end }, "the audit chain ends here");
    this.#loggedAt = now;
  }

  async #head(): Promise<AuditHeadRow> {
    return requireSigned(this.#deps, await findAuditHead(this.#deps.database.db));
  }

  async #compare(now: number): Promise<void> {
    const { witness, logger, database } = this.#deps;
    // In this order: another process of this machine may note a later end meanwhile.
    const own = await witness.readOwn();
    const head = await this.#head();
    if (own === "damaged") {
      logger.error("the witness of the audit chain beside the key is damaged; run `audit verify`");
      return;
    }
    const [noted] = own?.ends ?? [];
    if (own === undefined || noted === undefined) {
      await witness.advance(undefined, endOf(head, now));
      return;
    }
    if (await this.#isPartOfChain(noted, head)) {
      if (own.lostAt === null && !isSameEnd(noted, head)) await witness.advance(own, endOf(head, now));
      return;
    }
    const problem = lostEnd(own);
    logger.error(`${problem}; run \`audit verify\``);
    if (own.lostAt !== null) return;
    await database.transaction((trx) => recordProblem(this.#deps, trx, "chain", problem));
    await witness.markLost(own, now);
  }

  async #isPartOfChain(noted: { sequence: number; chain_mac: string }, head: AuditHeadRow): Promise<boolean> {
    if (noted.sequence === 0) return true;
    if (noted.sequence > head.sequence) return false;
    const row = await findSealedRow(this.#deps.database.db, noted.sequence);
    return row !== undefined && isSameEnd(noted, { sequence: noted.sequence, chain_mac: row.chain_mac ?? "" });
  }

  /** Whether all of them are in the chain, or told to be missing; while one waits to be sealed they are kept. */
  async #haveAllCome(written: WrittenRecord[]): Promise<boolean> {
    const { database } = this.#deps;
    const states = await findRecordStates(
      database.db,
      written.map(({ id }) => id),
    );
    if ([...states.values()].some(({ sequence, refused_at }) => sequence === null && refused_at === null)) return false;
    const missing = written.filter(({ id }) => !states.has(id));
    if (missing.length === 0) return true;
    await database.transaction(async (trx) => {
      for (const record of missing) await recordProblem(this.#deps, trx, record.id, removedRecord(record));
    });
    return true;
  }
}

/** In words that stay the same, because what is known is told by them. */
export function lostEnd({ name, ends }: Witness): string {
  const [newest] = ends;
  const number = newest?.sequence ?? 0;
  return `record ${number}, where the chain ended when ${name} noted it at ${new Date((newest?.at ?? 0) * 1000).toISOString()}, is not part of it any more: the database was set back or emptied`;
}

export function removedRecord({ id, action }: WrittenRecord): string {
  return `record ${id} (${action}) was written by this server and is gone: it was removed before it was sealed`;
}

function endOf({ sequence, chain_mac }: AuditHeadRow, at: number) {
  return { sequence, chain_mac, at };
}
