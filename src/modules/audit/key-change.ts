import { nowSeconds } from "../../platform/clock.ts";
import type { Db } from "../../schema.ts";
import { isSigned, isSignedByRing, keyIdOf, problemOfRecord, signatureOf } from "./audit-chain.ts";
import type { AuditCipher } from "./audit-chain.ts";
import { recordAuditEvent } from "./audit-events.ts";
import type { AuditDeps, SealDeps } from "./audit-events.ts";
import type { AuditRow } from "./audit-queries.ts";
import { findAuditHead, listRowsOfAction, lockAuditHead, moveAuditHead } from "./chain-queries.ts";
import { SYSTEM } from "./record-problem.ts";

export const KEY_ROTATED = "key.rotated";
export const KEY_FORGOTTEN = "key.forgotten";

/** What was written with the key before is sealed for so long after a rotation; then whoever writes so is not the server. */
const GRACE_SECONDS = 600;

/**
 * Where a retired key has signed the end of the chain, the one in use signs it anew, with a record that names both.
 * Returns whether it had to.
 */
export async function goOnWithKey(deps: SealDeps): Promise<boolean> {
  const known = await findAuditHead(deps.database.db);
  if (known === undefined || isSigned(deps.cipher, known)) return false;
  return await deps.database.transaction(async (trx) => {
    const head = await lockAuditHead(trx);
    if (head === undefined || !isSignedByRing(deps.cipher, head)) return false;
    const before = keyIdOf(head.signature);
    if (before === deps.cipher.keyId) return false;
    await moveAuditHead(trx, {
      sequence: head.sequence,
      chain_mac: head.chain_mac,
      signature: signatureOf(deps.cipher, head),
      sealed_at: nowSeconds(deps.clock),
    });
    await recordAuditEvent(deps, trx, SYSTEM, {
      action: KEY_ROTATED,
      target: { kind: "audit", id: "chain" },
      details: { before: { key: before }, after: { key: deps.cipher.keyId } },
    });
    return true;
  });
}

/** A key that is not in the ring any more: what it signed cannot be checked, and that is no problem. */
export async function recordForgottenKey(deps: AuditDeps, trx: Db, key: string): Promise<void> {
  // Those before as well: the record that said so may have been signed with this one.
  const keys = [...(await forgottenKeys(trx, deps.cipher)).add(key)];
  await recordAuditEvent(deps, trx, SYSTEM, {
    action: KEY_FORGOTTEN,
    target: { kind: "audit", id: "chain" },
    details: { before: { keys } },
  });
}

export async function forgottenKeys(db: Db, cipher: AuditCipher): Promise<Set<string>> {
  const rows = (await listRowsOfAction(db, KEY_FORGOTTEN)).filter((row) => problemOfRecord(cipher, row) === undefined);
  return new Set(rows.flatMap((row) => (JSON.parse(row.details) as { before: { keys: string[] } }).before.keys));
}

/**
 * Why a record that waits to be sealed is not to be believed. A retired key may be the reason for the rotation: what it
 * signs later than the servers needed to learn of the new one was signed by somebody else.
 */
export async function problemOfWaiting(
  cipher: AuditCipher,
  db: Db,
  row: AuditRow,
  now: number,
): Promise<string | undefined> {
  const problem = problemOfRecord(cipher, row);
  if (problem !== undefined || keyIdOf(row.mac ?? "") === cipher.keyId) return problem;
  const rotations = (await listRowsOfAction(db, KEY_ROTATED)).filter(
    (one) => keyIdOf(one.mac ?? "") === cipher.keyId && problemOfRecord(cipher, one) === undefined,
  );
  const rotatedAt = Math.min(...rotations.map((one) => one.occurred_at));
  if (now - rotatedAt < GRACE_SECONDS || rotations.length === 0) return undefined;
  return `record ${row.id} (${row.action}) was signed with a key that was retired before`;
}
