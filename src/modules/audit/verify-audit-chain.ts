import { setImmediate } from "node:timers/promises";
import type { Database, Db } from "../../schema.ts";
import type { AuditCipher } from "./audit-chain.ts";
import { problemOfRecord } from "./audit-chain.ts";
import {
  findAuditHead,
  findRecordStates,
  listRowsOfAction,
  listSealedRows,
  pageUnsealedRows,
} from "./chain-queries.ts";
import type { AuditRow } from "./audit-queries.ts";
import type { AuditWitness, Witness, Witnesses, WrittenRecord } from "./audit-witness.ts";
import { nameOf } from "./begin-audit-chain.ts";
import { forgottenKeys, problemOfWaiting } from "./key-change.ts";
import { ChainWalk, EMPTY_CHAIN } from "./chain-walk.ts";
import { removedRecord } from "./watch-audit-chain.ts";

/** Read at once, which takes a millisecond or two; SQLite answers without ever letting go of the thread by itself. */
const RECORDS_AT_ONCE = 100;
/** After so long others are answered, however few records it was: one may hold much. */
const TURN_MS = 10;
/** How often a walk looks for what was sealed meanwhile: a busy server seals without end. */
const ROUNDS_MAX = 3;
/** More would only repeat that the chain is broken. */
const PROBLEMS_MAX = 20;

export const ACKNOWLEDGED = "audit.problems_acknowledged";

export interface AuditVerification {
  /** Records of the chain that were looked at. */
  verified: number;
  /** Not sealed yet, which is no error. */
  unsealed: number;
  /** Where the chain ends, as `sequence:mac`; keep it elsewhere to notice a database that was set back. */
  head: string;
  /** Ends that were kept outside of the database, in words: the chain was compared with each. */
  comparedWith: string[];
  /** In words, with the record; empty when nothing was changed. */
  problems: string[];
  /** Problems that were found and acknowledged before, which are not told again. */
  acknowledged: number;
}

export interface VerifyDeps {
  database: Pick<Database, "db">;
  cipher: AuditCipher;
  /** What is known outside of the database; without it a database that was set back as a whole goes unnoticed. */
  auditWitness?: Pick<AuditWitness, "readAll" | "listWritten"> | undefined;
}

/**
 * Walks the whole chain and says which records were added, edited, removed, reordered or cut off. The ends that were
 * noted outside of the database must be part of it, and `expectedHead` too: one that was printed earlier and kept.
 */
export async function verifyAuditChain(
  deps: VerifyDeps,
  expectedHead?: string,
  problemsMax = PROBLEMS_MAX,
): Promise<AuditVerification> {
  const { db } = deps.database;
  // Before the chain is looked at, so that it is never behind what they say.
  const witnesses = (await deps.auditWitness?.readAll()) ?? { readable: [], damaged: [] };
  const written = (await deps.auditWitness?.listWritten()) ?? [];
  const problems = new Problems(await acknowledgedProblems(deps), problemsMax);
  const report = (problem: string) => problems.report(problem);
  const forgotten = await forgottenKeys(db, deps.cipher);
  const expected = { head: expectedHead, witnesses: witnesses.readable, forgottenKeys: forgotten };
  const walk = new ChainWalk(deps.cipher, expected, report);
  const head = await walkChain(db, walk);
  walk.finish(head);
  for (const file of witnesses.damaged) report(`the witness ${file} is damaged or was written with another key`);
  const unsealed = await checkUnsealed(deps, report);
  await checkWritten(db, written, report);
  return {
    verified: walk.count,
    unsealed,
    head: head === undefined ? EMPTY_CHAIN : nameOf(head),
    comparedWith: comparisons(witnesses, expectedHead),
    problems: problems.found,
    acknowledged: problems.acknowledged,
  };
}

/** From the first record to the signed end as it is when the walk arrives there. */
async function walkChain(db: Db, walk: ChainWalk) {
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
      return latest;
    }
    if (round === ROUNDS_MAX) return head;
    head = latest;
  }
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

/** Those that wait must be genuine; returns how many do. One that is, and is marked as if it were not, was hidden. */
async function checkUnsealed({ database, cipher }: VerifyDeps, report: (problem: string) => void): Promise<number> {
  let waiting = 0;
  let last: AuditRow | undefined;
  for (;;) {
    const rows = await pageUnsealedRows(database.db, last?.id ?? "", RECORDS_AT_ONCE);
    for (const row of rows) {
      const problem = await problemOfWaiting(cipher, database.db, row, row.refused_at ?? 0);
      if (problem !== undefined) report(problem);
      else if (row.refused_at === null) waiting++;
      else report(`record ${row.id} (${row.action}) is genuine, and somebody has marked it so that it is not sealed`);
    }
    last = rows.at(-1);
    if (last === undefined) return waiting;
    await setImmediate();
  }
}

async function checkWritten(
  db: Db,
  written: readonly WrittenRecord[],
  report: (problem: string) => void,
): Promise<void> {
  const states = await findRecordStates(
    db,
    written.map(({ id }) => id),
  );
  for (const record of written) if (!states.has(record.id)) report(removedRecord(record));
}

/** What somebody with the key has said to be known; a problem that is worded otherwise is a new one. */
async function acknowledgedProblems({ database, cipher }: VerifyDeps): Promise<Set<string>> {
  const rows = await listRowsOfAction(database.db, ACKNOWLEDGED);
  const genuine = rows.filter((row) => problemOfRecord(cipher, row) === undefined);
  return new Set(
    genuine.flatMap((row) => (JSON.parse(row.details) as { after: { problems: string[] } }).after.problems),
  );
}

class Problems {
  readonly found: string[] = [];
  acknowledged = 0;
  readonly #known: ReadonlySet<string>;
  readonly #max: number;

  constructor(known: ReadonlySet<string>, max: number) {
    this.#known = known;
    this.#max = max;
  }

  report(problem: string): void {
    if (this.#known.has(problem)) this.acknowledged++;
    else if (this.found.length < this.#max && !this.found.includes(problem)) this.found.push(problem);
  }
}

function comparisons({ readable }: Witnesses, expectedHead: string | undefined): string[] {
  return [
    ...(expectedHead === undefined ? [] : [`the end ${expectedHead.split(":")[0] ?? ""} that was given`]),
    ...readable.map(describe),
  ];
}

function describe({ name, ends }: Witness): string {
  const [newest] = ends;
  const at = new Date((newest?.at ?? 0) * 1000).toISOString();
  return `the end ${newest?.sequence ?? 0} that ${name} noted at ${at}`;
}
