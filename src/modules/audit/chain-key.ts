import type { Db } from "../../schema.ts";
import {
  CHAIN_START,
  checkLink,
  isSignedByOldRelease,
  isSignedByRing,
  keyIdOf,
  problemOfRecord,
} from "./audit-chain.ts";
import type { AuditCipher } from "./audit-chain.ts";
import type { AuditRow } from "./audit-queries.ts";
import { findAuditHead, findSealedRow, holdsAnything, lastSealedRow, listUnsealedRows } from "./chain-queries.ts";

/** Whether anything was written here with a key that somebody has. */
export async function needsKey(db: Db): Promise<boolean> {
  return (await findAuditHead(db)) !== undefined || (await holdsAnything(db));
}

/** The key that the end of the chain names; undefined of an older release, and where there is none. */
export async function findChainKey(db: Db): Promise<string | undefined> {
  const head = await findAuditHead(db);
  return head === undefined ? undefined : keyIdOf(head.signature);
}

/**
 * Whether the chain was written with a key of the ring: its end was signed with it or, where somebody has changed that,
 * which is for `audit verify` to say, its last record. Where neither is there, nothing speaks against it.
 */
export async function isWrittenWithRing(db: Db, cipher: AuditCipher): Promise<boolean> {
  const head = await findAuditHead(db);
  if (head !== undefined && (isSignedByRing(cipher, head) || isSignedByOldRelease(cipher, head))) return true;
  const last = await lastSealedRow(db);
  if (last !== undefined) return await isOfRing(db, cipher, last);
  const [waiting] = (await listUnsealedRows(db, 1)).filter(({ mac }) => mac !== null);
  return waiting === undefined ? head === undefined : await isOfRing(db, cipher, waiting);
}

async function isOfRing(db: Db, cipher: AuditCipher, row: AuditRow): Promise<boolean> {
  if (row.mac !== null) return problemOfRecord(cipher, row) === undefined;
  const before = (row.sequence ?? 1) > 1 ? await findSealedRow(db, (row.sequence ?? 1) - 1) : undefined;
  return checkLink(cipher, before?.chain_mac ?? CHAIN_START, row) === "genuine";
}
