import { nowSeconds } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { Database } from "../../schema.ts";
import { CHAIN_START, linkOf, signatureOf } from "./audit-chain.ts";
import type { AuditDeps } from "./audit-events.ts";
import { listUnsealedRows, lockAuditHead, moveAuditHead, sealRow } from "./audit-queries.ts";

/** A record is sealed within a second of its commit. */
const SEAL_EVERY_MS = 500;
const RECORDS_AT_ONCE = 500;

export interface SealDeps extends AuditDeps {
  database: Pick<Database, "db" | "transaction">;
}

/**
 * Puts committed records at the end of the chain and signs the new end. Apart from the change itself, so that two
 * sales never wait for each other; several instances take turns. Returns how many records were sealed.
 */
export async function sealAuditEvents(deps: SealDeps): Promise<number> {
  let sealed = 0;
  for (;;) {
    const count = await sealSome(deps);
    sealed += count;
    if (count < RECORDS_AT_ONCE) return sealed;
  }
}

async function sealSome(deps: SealDeps): Promise<number> {
  if ((await listUnsealedRows(deps.database.db, 1)).length === 0) return 0;
  return await deps.database.transaction(async (trx) => {
    const sealedAt = nowSeconds(deps.clock);
    const start = { sequence: 0, chain_mac: CHAIN_START };
    const first = { ...start, signature: signatureOf(deps.cipher, start), sealed_at: sealedAt };
    let { sequence, chain_mac } = await lockAuditHead(trx, first);
    const rows = await listUnsealedRows(trx, RECORDS_AT_ONCE);
    for (const row of rows) {
      sequence++;
      chain_mac = linkOf(deps.cipher, chain_mac, sequence, row);
      await sealRow(trx, row.id, { sequence, chain_mac, sealed_at: sealedAt });
    }
    const head = { sequence, chain_mac };
    await moveAuditHead(trx, { ...head, signature: signatureOf(deps.cipher, head), sealed_at: sealedAt });
    return rows.length;
  });
}

export interface AuditSealer {
  start(): void;
  /** Seals what is left. */
  stop(): Promise<void>;
}

export function createAuditSealer(deps: SealDeps & { logger: Logger }): AuditSealer {
  let timer: NodeJS.Timeout | undefined;
  let sealing: Promise<unknown> | undefined;
  const seal = () => {
    sealing ??= sealAuditEvents(deps)
      .catch((error: unknown) => deps.logger.error({ err: error }, "audit records could not be sealed; tried again"))
      .finally(() => (sealing = undefined));
    return sealing;
  };
  return {
    start() {
      timer ??= setInterval(() => void seal(), SEAL_EVERY_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      await sealing;
      await seal();
    },
  };
}
