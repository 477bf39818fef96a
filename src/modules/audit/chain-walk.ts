import type { AuditCipher } from "./audit-chain.ts";
import {
  CHAIN_START,
  hasPersonalValuesOfItsOwn,
  checkLink,
  keyIdOf,
  isOfOldRelease,
  isSigned,
  problemOfRecord,
} from "./audit-chain.ts";
import type { AuditHeadRow, AuditRow } from "./audit-queries.ts";
import type { Witness } from "./audit-witness.ts";
import { CHAIN_UPGRADED, nameOf } from "./begin-audit-chain.ts";
import { PROBLEM_FOUND } from "./record-problem.ts";
import { lostEnd } from "./watch-audit-chain.ts";

/** What the chain must lead past. */
export interface ExpectedEnds {
  /** `sequence:mac`, given by whoever asks; undefined where none was. */
  head: string | undefined;
  witnesses: readonly Witness[];
  /** Keys that are not in the ring any more, by their ids. */
  forgottenKeys: ReadonlySet<string>;
}

/** Follows the chain record by record, and keeps what is wrong with it. */
export class ChainWalk {
  sequence = 0;
  count = 0;
  #link = CHAIN_START;
  /** The first record without a signature that no later one has said to be of an older release. */
  #unsigned: AuditRow | undefined;
  /** The key of the last link, null in records of an older release, and those before it. */
  #key: string | null = null;
  readonly #leftKeys = new Set<string>();
  readonly #cipher: AuditCipher;
  readonly #report: (problem: string) => void;
  readonly #expected: ExpectedEnds;
  /** The ends that are looked for, by what they are called; each is taken out where it is met. */
  readonly #sought: Set<string>;

  constructor(cipher: AuditCipher, expected: ExpectedEnds, report: (problem: string) => void) {
    this.#cipher = cipher;
    this.#expected = expected;
    this.#report = report;
    const ends = expected.witnesses.flatMap((witness) => witness.ends.map(nameOf));
    this.#sought = new Set([...(expected.head === undefined ? [] : [expected.head]), ...ends]);
    this.#sought.delete(EMPTY_CHAIN);
  }

  check(row: AuditRow): void {
    const sequence = row.sequence ?? 0;
    if (sequence !== this.sequence + 1) {
      const missing = sequence - this.sequence - 1;
      // The chain cannot be followed over the gap; what comes after it is checked against itself.
      this.#report(`${missing} record(s) after number ${this.sequence} are missing`);
    } else {
      this.#checkLink(row, sequence);
    }
    this.#link = row.chain_mac ?? "";
    this.#checkRecord(row, sequence);
    this.sequence = sequence;
    this.count++;
    this.#sought.delete(`${sequence}:${this.#link}`);
  }

  /** Keys follow each other: one that the chain has left does not come back. */
  #checkLink(row: AuditRow, sequence: number): void {
    const name = `record ${sequence} (${row.id}, ${row.action})`;
    const check = checkLink(this.#cipher, this.#link, row);
    const isUncheckable = check === "unknown_key" && this.#expected.forgottenKeys.has(row.chain_key ?? "");
    if (check !== "genuine" && !isUncheckable) this.#report(`${name} was changed or is out of its place`);
    if (row.chain_key === this.#key) return;
    if (this.#key !== null) this.#leftKeys.add(this.#key);
    this.#key = row.chain_key;
    if (this.#key !== null && this.#leftKeys.has(this.#key)) {
      this.#report(`${name} is linked with a key that was retired before it`);
    }
  }

  /** What a forgotten key has signed is taken as it is. */
  #isOfForgottenKey(signature: string | null): boolean {
    return this.#expected.forgottenKeys.has(keyIdOf(signature ?? "") ?? "");
  }

  #checkRecord(row: AuditRow, sequence: number): void {
    if (row.mac === null) {
      this.#unsigned ??= row;
    } else {
      const problem = this.#isOfForgottenKey(row.mac) ? undefined : problemOfRecord(this.#cipher, row);
      if (problem !== undefined) this.#report(`record ${sequence} was changed: ${problem}`);
      else if (row.action === CHAIN_UPGRADED && this.#unsigned !== undefined) this.#acceptUnsigned(row);
      else if (row.action === PROBLEM_FOUND) this.#report(`record ${sequence} says: ${foundBy(row)}`);
    }
    if (!this.#isOfForgottenKey(row.mac) && !hasPersonalValuesOfItsOwn(this.#cipher, row)) {
      this.#report(`the personal values of record ${sequence} (${row.id}) were changed`);
    }
  }

  /** Records of an older release come before the one record that says so, and none after it. */
  #acceptUnsigned(row: AuditRow): void {
    const { after } = JSON.parse(row.details) as { after?: { unsigned_to?: number } };
    if ((this.#unsigned?.sequence ?? 0) <= (after?.unsigned_to ?? 0)) this.#unsigned = undefined;
  }

  finish(head: AuditHeadRow | undefined): void {
    if (this.#unsigned !== undefined) {
      const { sequence, id, action } = this.#unsigned;
      this.#report(`record ${sequence ?? 0} (${id}, ${action}) is in the chain and has no MAC`);
    }
    this.#checkEnd(head);
    if (this.#expected.head !== undefined && this.#sought.has(this.#expected.head)) {
      this.#report("the expected end is not part of the chain: the database was set back");
    }
    for (const witness of this.#expected.witnesses) {
      const isLost = witness.ends.some((end) => this.#sought.has(nameOf(end)));
      if (isLost) this.#report(lostEnd(witness));
    }
  }

  #checkEnd(head: AuditHeadRow | undefined): void {
    if (head === undefined) {
      this.#report("the signed end of the chain is missing: it was removed, with or without records");
      return;
    }
    if (!isSigned(this.#cipher, head)) {
      this.#report(
        isOfOldRelease(head)
          ? "the signed end of the chain is one of an older release, though a newer one has begun its own"
          : "the signed end of the chain was changed, or ENCRYPTION_KEY is another one",
      );
    }
    if (head.sequence !== this.sequence || (head.sequence > 0 && head.chain_mac !== this.#link)) {
      this.#report(`the chain ends at record ${this.sequence}, its signed end is record ${head.sequence}`);
    }
  }
}

/** What stands for the end of a chain without a record. */
export const EMPTY_CHAIN = "0";

function foundBy(row: AuditRow): string {
  const { after } = JSON.parse(row.details) as { after?: { problem?: string } };
  return after?.problem ?? "a problem";
}
