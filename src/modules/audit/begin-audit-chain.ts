import { nowSeconds } from "../../platform/clock.ts";
import type { Database, Db } from "../../schema.ts";
import {
  CHAIN_START,
  isOfOldRelease,
  isSigned,
  isSignedByOldRelease,
  signatureOf,
  unsignedLinkOf,
} from "./audit-chain.ts";
import { recordAuditEvent } from "./audit-events.ts";
import type { AuditDeps } from "./audit-events.ts";
import {
  findAuditHead,
  holdsAnything,
  holdsOldRecordsOnly,
  insertAuditHead,
  listUnsealedRows,
  lockAuditHead,
  moveAuditHead,
  sealRow,
} from "./chain-queries.ts";
import type { AuditHeadRow } from "./audit-queries.ts";
import type { AuditWitness } from "./audit-witness.ts";
import { goOnWithKey } from "./key-change.ts";
import { SYSTEM } from "./record-problem.ts";

const RECORDS_AT_ONCE = 500;

/** The last record that may follow records without a signature; it says how many there are. */
export const CHAIN_UPGRADED = "audit.chain_upgraded";
export const RESTORED = "audit.restored";

export interface BeginDeps extends AuditDeps {
  database: Pick<Database, "db" | "transaction">;
  witness: AuditWitness;
}

/**
 * Where nothing is yet, the chain begins with an empty, signed end; where the release before has left one, it goes on
 * from there, once. Both only where no witness beside the key says that there was a chain: an end that is missing later
 * was removed by somebody, which is for `audit verify` to say and never a new beginning.
 */
export async function beginAuditChain(deps: BeginDeps): Promise<void> {
  const { database, witness } = deps;
  const restored = await witness.readRestore();
  const head = await findAuditHead(database.db);
  const isBegun = head !== undefined && !isOfOldRelease(head);
  if (!isBegun && (restored !== undefined || !(await witness.hasBegun()))) {
    await database.transaction((trx) => begin(deps, trx));
  }
  await goOnWithKey(deps);
  if (restored !== undefined) {
    await database.transaction(async (trx) => {
      const end = await findAuditHead(trx);
      await recordAuditEvent(deps, trx, SYSTEM, {
        action: RESTORED,
        target: { kind: "audit", id: "chain" },
        details: {
          before: { ends: restored.ends },
          after: { end: end === undefined ? null : nameOf(end), backup_created_at: restored.created_at },
        },
      });
    });
    await witness.putAside(nowSeconds(deps.clock));
    await witness.forgetRestore();
  }
}

/** Notes where the chain ends, for a machine that has not yet. */
export async function beginWitness({ database, witness, cipher, clock }: BeginDeps): Promise<void> {
  if (await witness.hasBegun()) return;
  const head = await findAuditHead(database.db);
  if (head === undefined || !isSigned(cipher, head)) return;
  await witness.advance(undefined, { sequence: head.sequence, chain_mac: head.chain_mac, at: nowSeconds(clock) });
}

async function begin(deps: BeginDeps, trx: Db): Promise<void> {
  const head = await lockAuditHead(trx);
  if (head !== undefined) {
    if (isSignedByOldRelease(deps.cipher, head)) await goOnFrom(deps, trx, head);
    return;
  }
  const isOld = await holdsOldRecordsOnly(trx);
  if (!isOld && (await holdsAnything(trx))) return;
  const start = { sequence: 0, chain_mac: CHAIN_START };
  const first = { ...start, signature: signatureOf(deps.cipher, start), sealed_at: nowSeconds(deps.clock) };
  await insertAuditHead(trx, first);
  if (isOld) await goOnFrom(deps, trx, { id: 1, ...first });
}

/** Seals what the release before had not sealed yet, as it would have, and says in a record where that ended. */
async function goOnFrom(deps: BeginDeps, trx: Db, head: AuditHeadRow): Promise<void> {
  const sealed_at = nowSeconds(deps.clock);
  let { sequence, chain_mac } = head;
  for (;;) {
    const rows = (await listUnsealedRows(trx, RECORDS_AT_ONCE)).filter((row) => row.mac === null);
    for (const row of rows) {
      sequence++;
      chain_mac = unsignedLinkOf(deps.cipher, chain_mac, sequence, row);
      await sealRow(trx, row.id, { sequence, chain_mac, chain_key: null, sealed_at });
    }
    if (rows.length === 0) break;
  }
  const end = { sequence, chain_mac };
  await moveAuditHead(trx, { ...end, signature: signatureOf(deps.cipher, end), sealed_at });
  if (sequence === 0) return;
  await recordAuditEvent(deps, trx, SYSTEM, {
    action: CHAIN_UPGRADED,
    target: { kind: "audit", id: "chain" },
    details: { before: { end: nameOf(head) }, after: { unsigned_to: sequence } },
  });
}

/** An end as people keep it: `sequence:mac`. */
export function nameOf(end: Pick<AuditHeadRow, "sequence" | "chain_mac">): string {
  return end.sequence === 0 ? "0" : `${end.sequence}:${end.chain_mac}`;
}
