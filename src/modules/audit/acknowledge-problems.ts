import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { CHAIN_START, isSigned, signatureOf } from "./audit-chain.ts";
import { recordAuditEvent } from "./audit-events.ts";
import type { Actor } from "./audit-events.ts";
import { findAuditHead, insertAuditHead, lastSealedRow, lockAuditHead, moveAuditHead } from "./chain-queries.ts";
import { nameOf } from "./begin-audit-chain.ts";
import type { BeginDeps } from "./begin-audit-chain.ts";
import { ACKNOWLEDGED, verifyAuditChain } from "./verify-audit-chain.ts";

/** One record says at most so many; called again, it says the next. */
const PROBLEMS_MAX = 500;

export interface Acknowledgement {
  problems: string[];
  /** Whether the chain had no end that this key has signed, and goes on from its last record. */
  hasNewEnd: boolean;
}

/**
 * Says in a record that what is wrong with the chain is known: it is not told again, and the chain goes on from what is
 * there, with a new witness. What was kept of the old one is put aside.
 */
export async function acknowledgeProblems(deps: BeginDeps, actor: Actor): Promise<Acknowledgement> {
  const { database, cipher, witness } = deps;
  const { problems } = await verifyAuditChain({ database, cipher, auditWitness: witness }, undefined, PROBLEMS_MAX);
  if (problems.length === 0) return { problems, hasNewEnd: false };
  const { readable } = await witness.readAll();
  const ends = readable.map(({ name, ends: [newest] }) => `${name} ${newest === undefined ? "0" : nameOf(newest)}`);
  const hasNewEnd = await database.transaction(async (trx) => {
    const isNew = await makeEnd(deps, trx);
    await recordAuditEvent(deps, trx, actor, {
      action: ACKNOWLEDGED,
      target: { kind: "audit", id: "chain" },
      details: { before: { ends }, after: { problems } },
    });
    return isNew;
  });
  await witness.putAside(nowSeconds(deps.clock));
  const head = await findAuditHead(database.db);
  if (head !== undefined) {
    const { sequence, chain_mac } = head;
    await witness.advance(undefined, { sequence, chain_mac, at: nowSeconds(deps.clock) });
  }
  return { problems, hasNewEnd };
}

/** Signs the last record as the end, where the end is missing or nobody's with this key. */
async function makeEnd(deps: BeginDeps, trx: Db): Promise<boolean> {
  const head = await lockAuditHead(trx);
  if (head !== undefined && isSigned(deps.cipher, head)) return false;
  const last = await lastSealedRow(trx);
  const end = { sequence: last?.sequence ?? 0, chain_mac: last?.chain_mac ?? CHAIN_START };
  const signed = { ...end, signature: signatureOf(deps.cipher, end), sealed_at: nowSeconds(deps.clock) };
  await insertAuditHead(trx, signed);
  await moveAuditHead(trx, signed);
  return true;
}
