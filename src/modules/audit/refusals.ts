import { nowSeconds } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { recordAuditEvent } from "./audit-events.ts";
import { addRefusals } from "./audit-queries.ts";
import type { SealDeps } from "./audit-events.ts";

/** One record for everything of one kind from one address within this time. */
const BURST_MS = 60_000;
const DAY_SECONDS = 86_400;
/** An attacker with many addresses shares one record past this: neither the memory nor the audit log is theirs to fill. */
const BURSTS_MAX = 50;
const MANY_ADDRESSES = "many addresses";

export interface Refusal {
  surface: "composer" | "api" | "dashboard";
  /** `unknown`, `expired`, `revoked`, `malformed` … */
  problem: string;
  address: string;
}

/** Records refused credentials: in bursts, because a misconfigured CI or an attack asks a thousand times a minute. */
export interface Refusals {
  count(refusal: Refusal): void;
  /** Writes what was counted, for the shutdown and for tests. */
  flush(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

interface Burst {
  refusal: Refusal;
  count: number;
  firstAt: number;
  lastAt: number;
}

export function createRefusals(deps: SealDeps & { logger: Logger }): Refusals {
  let bursts = new Map<string, Burst>();
  let timer: NodeJS.Timeout | undefined;
  const add = (burst: Burst) => {
    const isKnown = bursts.has(keyOf(burst.refusal)) || bursts.size < BURSTS_MAX;
    const refusal = isKnown ? burst.refusal : { ...burst.refusal, address: MANY_ADDRESSES };
    bursts.set(keyOf(refusal), merge(bursts.get(keyOf(refusal)), { ...burst, refusal }));
  };
  const flush = async () => {
    if (bursts.size === 0) return;
    const taken = bursts;
    bursts = new Map();
    try {
      await deps.database.transaction(async (trx) => {
        for (const burst of taken.values()) await record(deps, trx, burst);
      });
    } catch (error) {
      // Nothing is lost but precision: they are counted again with the next burst.
      for (const burst of taken.values()) add(burst);
      deps.logger.error({ err: error }, "refused credentials could not be recorded; tried again");
    }
  };
  return {
    flush,
    count(refusal) {
      const now = nowSeconds(deps.clock);
      add({ refusal, count: 1, firstAt: now, lastAt: now });
    },
    start() {
      timer ??= setInterval(() => void flush(), BURST_MS).unref();
    },
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

function keyOf({ surface, problem, address }: Refusal): string {
  return `${surface} ${problem} ${address}`;
}

function merge(before: Burst | undefined, burst: Burst): Burst {
  if (before === undefined) return burst;
  return {
    refusal: burst.refusal,
    count: before.count + burst.count,
    firstAt: Math.min(before.firstAt, burst.firstAt),
    lastAt: Math.max(before.lastAt, burst.lastAt),
  };
}

async function record(deps: SealDeps, trx: Parameters<typeof recordAuditEvent>[1], burst: Burst): Promise<void> {
  const { surface, problem, address } = burst.refusal;
  await recordAuditEvent(
    deps,
    trx,
    { kind: "system", id: null, requestId: null },
    {
      action: "credential.refused",
      target: { kind: "credential", id: problem },
      details: { after: { surface, count: burst.count, first_at: burst.firstAt, last_at: burst.lastAt } },
      // An address identifies a person; it can be erased without touching the chain.
      personal: { address },
    },
  );
  const day = burst.lastAt - (burst.lastAt % DAY_SECONDS);
  await addRefusals(trx, { day, surface, problem, count: burst.count, last_at: burst.lastAt });
}
