import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { isSigned, linkOf, problemOfRecord, signatureOf } from "./audit-chain.ts";
import type { AuditDeps, SealDeps } from "./audit-events.ts";
import {
  findAuditHead,
  listSealedRows,
  listUnsealedRows,
  lockAuditHead,
  moveAuditHead,
  sealRow,
  unsealRow,
} from "./chain-queries.ts";
import type { AuditHeadRow, AuditRow } from "./audit-queries.ts";
import { problemOfWaiting } from "./key-change.ts";
import { recordProblem } from "./record-problem.ts";

const RECORDS_AT_ONCE = 500;

/** The chain cannot be gone on with: `audit verify` says more. */
export class AuditChainError extends Error {
  override readonly name = "AuditChainError";
}

/**
 * Puts committed records at the end of the chain and signs the new end. Apart from the change itself, so that two
 * sales never wait for each other; several instances take turns. What was not written with the key is never sealed: it
 * is told by a record of its own, and the others go on. Returns how many records were sealed.
 */
export async function sealAuditEvents(deps: SealDeps): Promise<number> {
  let sealed = 0;
  for (;;) {
    if (!(await hasWork(deps.database.db))) return sealed;
    sealed += await deps.database.transaction((trx) => sealSome(deps, trx));
  }
}

async function hasWork(db: Db): Promise<boolean> {
  if ((await listUnsealedRows(db, 1)).length > 0) return true;
  const head = await findAuditHead(db);
  // Without the lock somebody else may have sealed meanwhile; with it there is nothing to do then.
  return head !== undefined && (await listSealedRows(db, head.sequence, 1)).length > 0;
}

async function sealSome(deps: SealDeps, trx: Db): Promise<number> {
  const head = requireSigned(deps, await lockAuditHead(trx));
  await takeBackWhatIsBehind(deps, trx, head.sequence);
  const rows = await listUnsealedRows(trx, RECORDS_AT_ONCE);
  const genuine: AuditRow[] = [];
  for (const row of rows) {
    const problem = await problemOfWaiting(deps.cipher, trx, row, nowSeconds(deps.clock));
    if (problem === undefined) genuine.push(row);
    else await refuse(deps, trx, row, problem);
  }
  return await chainRows(deps, trx, head, genuine);
}

/** Links rows to the end, each with its signature, and moves the end. */
export async function chainRows(
  deps: AuditDeps,
  trx: Db,
  from: Pick<AuditHeadRow, "sequence" | "chain_mac">,
  rows: readonly AuditRow[],
): Promise<number> {
  const sealed_at = nowSeconds(deps.clock);
  let { sequence, chain_mac } = from;
  for (const row of rows) {
    sequence++;
    const link = linkOf(deps.cipher, chain_mac, sequence, row.mac ?? "");
    chain_mac = link.chain_mac;
    await sealRow(trx, row.id, { sequence, ...link, sealed_at });
  }
  const head = { sequence, chain_mac };
  await moveAuditHead(trx, { ...head, signature: signatureOf(deps.cipher, head), sealed_at });
  return rows.length;
}

export function requireSigned(deps: Pick<AuditDeps, "cipher">, head: AuditHeadRow | undefined): AuditHeadRow {
  if (head === undefined) {
    throw new AuditChainError("the signed end of the audit chain is missing: nothing is sealed. Run `audit verify`");
  }
  if (!isSigned(deps.cipher, head)) {
    throw new AuditChainError(
      "the signed end of the audit chain is not signed with this key: nothing is sealed. Run `audit verify`",
    );
  }
  return head;
}

/**
 * Records with a number behind the signed end: somebody put them there, or moved the end back. Genuine ones are sealed
 * again after it, in their order, and get the same links if nothing else was changed.
 */
async function takeBackWhatIsBehind(deps: SealDeps, trx: Db, end: number): Promise<void> {
  const behind = await listSealedRows(trx, end, RECORDS_AT_ONCE);
  const now = nowSeconds(deps.clock);
  for (const row of behind) {
    const problem = problemOfRecord(deps.cipher, row);
    await unsealRow(trx, row.id, problem === undefined ? null : now);
    const place = `record ${row.id} (${row.action}) had the number ${row.sequence ?? 0} behind the signed end ${end}`;
    await recordProblem(deps, trx, row.id, problem === undefined ? place : `${place}; ${problem}`);
  }
}

async function refuse(deps: SealDeps, trx: Db, row: AuditRow, problem: string): Promise<void> {
  await unsealRow(trx, row.id, nowSeconds(deps.clock));
  await recordProblem(deps, trx, row.id, problem);
}
