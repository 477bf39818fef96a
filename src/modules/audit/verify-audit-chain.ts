import { setImmediate } from "node:timers/promises";
import { constantTimeEqual } from "../../platform/crypto/secrets.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import type { Database, Db } from "../../schema.ts";
import { CHAIN_START, commitmentOf, linkOf, signatureOf } from "./audit-chain.ts";
import { countUnsealed, findAuditHead, listSealedRows } from "./audit-queries.ts";
import type { AuditHeadRow, AuditRow } from "./audit-queries.ts";

/** Read at once, which takes a millisecond or two; SQLite answers without ever letting go of the thread by itself. */
const RECORDS_AT_ONCE = 100;
/** After so long others are answered, however few records it was: one may hold much. */
const TURN_MS = 10;
/** How often a walk looks for what was sealed meanwhile: a busy server seals without end. */
const ROUNDS_MAX = 3;
/** More would only repeat that the chain is broken. */
const PROBLEMS_MAX = 20;

/** What stands for the end of a chain without a record. */
export const EMPTY_CHAIN = "0";

export interface AuditVerification {
  /** Records of the chain that were looked at. */
  verified: number;
  /** Not sealed yet, which is no error. */
  unsealed: number;
  /** Where the chain ends, as `sequence:mac`; keep it elsewhere to notice a database that was set back. */
  head: string;
  /** In words, with the record; empty when nothing was changed. */
  problems: string[];
}

/**
 * Walks the whole chain and says which records were edited, removed, reordered or cut off. `expectedHead` is a head
 * that was printed earlier and kept elsewhere: the chain must still contain it.
 */
export async function verifyAuditChain(
  deps: { database: Pick<Database, "db">; cipher: Pick<Cipher, "mac"> },
  expectedHead?: string,
): Promise<AuditVerification> {
  const { db } = deps.database;
  const walk = new ChainWalk(deps.cipher, expectedHead);
  let head = await findAuditHead(db);
  for (let round = 1; ; round++) {
    await walkTo(db, walk, head?.sequence ?? 0);
    // A server seals meanwhile: what it sealed since the last look is read as well, but not for ever.
    const [beyond] = await listSealedRows(db, walk.sequence, 1);
    const latest = await findAuditHead(db);
    const hasGrown = latest !== undefined && latest.sequence > (head?.sequence ?? 0);
    if (!hasGrown) {
      // The signed end stands still, and yet there is more: it was moved back.
      if (beyond !== undefined) await walkTo(db, walk, Number.MAX_SAFE_INTEGER);
      head = latest;
      break;
    }
    if (round === ROUNDS_MAX) break;
    head = latest;
  }
  walk.finish(head);
  return {
    verified: walk.count,
    unsealed: await countUnsealed(db),
    head: head === undefined || head.sequence === 0 ? EMPTY_CHAIN : `${head.sequence}:${head.chain_mac}`,
    problems: walk.problems,
  };
}

/** Checks the records up to a number, and lets go of the thread again and again. */
async function walkTo(db: Db, walk: ChainWalk, end: number): Promise<void> {
  for (;;) {
    const rows = await listSealedRows(db, walk.sequence, Math.min(RECORDS_AT_ONCE, end - walk.sequence));
    let turnStartedAt = performance.now();
    for (const row of rows) {
      if ((row.sequence ?? 0) > end) return;
      walk.check(row);
      if (performance.now() - turnStartedAt < TURN_MS) continue;
      await setImmediate();
      turnStartedAt = performance.now();
    }
    if (rows.length === 0 || walk.sequence >= end) return;
    await setImmediate();
  }
}

class ChainWalk {
  readonly problems: string[] = [];
  sequence = 0;
  count = 0;
  #link = CHAIN_START;
  #hasMetExpected: boolean;
  readonly #cipher: Pick<Cipher, "mac">;
  readonly #expectedHead: string | undefined;

  constructor(cipher: Pick<Cipher, "mac">, expectedHead: string | undefined) {
    this.#cipher = cipher;
    this.#expectedHead = expectedHead;
    this.#hasMetExpected = expectedHead === undefined || expectedHead === EMPTY_CHAIN;
  }

  check(row: AuditRow): void {
    const sequence = row.sequence ?? 0;
    if (sequence !== this.sequence + 1) {
      const missing = sequence - this.sequence - 1;
      this.#report(`${missing} record(s) after number ${this.sequence} are missing`);
      // The chain cannot be followed over the gap; what comes after it is checked against itself.
      this.#link = row.chain_mac ?? "";
    } else {
      const link = linkOf(this.#cipher, this.#link, sequence, row);
      if (!constantTimeEqual(link, row.chain_mac ?? "")) {
        this.#report(`record ${sequence} (${row.id}, ${row.action}) was changed or is out of its place`);
      }
      this.#link = row.chain_mac ?? "";
    }
    this.#checkPersonalValues(row, sequence);
    this.sequence = sequence;
    this.count++;
    if (this.#expectedHead === `${sequence}:${this.#link}`) this.#hasMetExpected = true;
  }

  /** Erased values are no error; changed ones are. */
  #checkPersonalValues(row: AuditRow, sequence: number): void {
    if (row.personal_values === null || row.nonce === null) return;
    const commitment = commitmentOf(this.#cipher, row.nonce, row.personal_values);
    if (row.personal_commitment === null || !constantTimeEqual(commitment, row.personal_commitment)) {
      this.#report(`the personal values of record ${sequence} (${row.id}) were changed`);
    }
  }

  finish(head: AuditHeadRow | undefined): void {
    if (head === undefined) {
      if (this.count > 0) this.#report("the signed end of the chain is missing");
    } else {
      if (!constantTimeEqual(signatureOf(this.#cipher, head), head.signature)) {
        this.#report("the signed end of the chain was changed, or ENCRYPTION_KEY is another one");
      }
      if (head.sequence !== this.sequence || (head.sequence > 0 && head.chain_mac !== this.#link)) {
        this.#report(`the chain ends at record ${this.sequence}, its signed end is record ${head.sequence}`);
      }
    }
    if (!this.#hasMetExpected) this.#report("the expected end is not part of the chain: the database was set back");
  }

  #report(problem: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(problem);
  }
}
