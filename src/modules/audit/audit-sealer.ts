import { nowSeconds } from "../../platform/clock.ts";
import { messageOf } from "../../platform/errors.ts";
import { sealAuditEvents } from "./seal-audit-events.ts";
import { AuditWatch } from "./watch-audit-chain.ts";
import type { WatchDeps } from "./watch-audit-chain.ts";

/** A record is sealed within a second of its commit. */
const SEAL_EVERY_MS = 500;
/** What stays wrong is said again after so long, not twice a second. */
const SAY_AGAIN_SECONDS = 600;

export interface AuditSealer {
  start(): void;
  /** Seals what is left. */
  stop(): Promise<void>;
}

export function createAuditSealer(deps: WatchDeps): AuditSealer {
  let timer: NodeJS.Timeout | undefined;
  let sealing: Promise<unknown> | undefined;
  const watch = new AuditWatch(deps);
  const complain = complainer(deps);
  const seal = (isLast = false) => {
    sealing ??= sealAuditEvents(deps)
      .then(() => (isLast ? watch.end() : watch.look()))
      .catch(complain)
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
      await seal(true);
    },
  };
}

function complainer({ logger, clock }: Pick<WatchDeps, "logger" | "clock">): (error: unknown) => void {
  let said: { message: string; at: number } | undefined;
  return (error) => {
    const message = messageOf(error);
    const now = nowSeconds(clock);
    if (said?.message === message && now - said.at < SAY_AGAIN_SECONDS) return;
    said = { message, at: now };
    logger.error({ err: error }, "audit records could not be sealed; tried again");
  };
}
