import { hostname } from "node:os";
import { nowSeconds } from "../../platform/clock.ts";
import { randomBase62 } from "../../platform/crypto/secrets.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { claimDelivery, findDelivery, listDueDeliveries, listDueWebhooks } from "./delivery-queries.ts";
import { dispatchEvents } from "./dispatch-events.ts";
import { forgetOldDeliveries } from "./forget-deliveries.ts";
import { giveBack, recordOutcome } from "./record-outcome.ts";
import type { RecordDeps } from "./record-outcome.ts";
import { sendDelivery } from "./send-delivery.ts";
import type { SendDeps } from "./send-delivery.ts";
import { findWebhookRow } from "./webhook-queries.ts";

const LOOK_EVERY_MS = 500;
const FORGET_EVERY_MS = 60_000;
/** A receiver that hangs holds up its own messages and nobody else's. */
const AT_ONCE_PER_WEBHOOK = 4;
const AT_ONCE = 32;
/** An attempt takes 15 seconds for the name and 15 for the answer at most; a claim that is older is nobody's. */
const CLAIM_SECONDS = 40;

export type WebhookWorkerDeps = SendDeps & RecordDeps & { logger: Logger };

/** Sends what is due. What that is stands in the table, so a restart forgets nothing. */
export interface WebhookWorker {
  start(): void;
  /** Begins nothing more, lets what is under way end within `graceMs`, and cuts off the rest: it is sent again. */
  stop(graceMs: number): Promise<void>;
  /** Looks now, and resolves when what was due has been tried. */
  runDue(): Promise<void>;
}

/** Several instances may run: each delivery is claimed by one. */
export function createWebhookWorker(deps: WebhookWorkerDeps): WebhookWorker {
  const sender = new Sender(deps);
  let timers: NodeJS.Timeout[] = [];
  let looking: Promise<void> | undefined;
  const guarded = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      deps.logger.error({ err: error }, `webhooks: ${what} failed; tried again`);
    }
  };
  const look = () =>
    (looking ??= guarded("looking for what is due", async () => {
      await dispatchEvents(deps);
      await sender.begin();
    }).finally(() => (looking = undefined)));
  let forgetting: Promise<void> | undefined;
  const forget = () =>
    (forgetting ??= guarded("deleting old deliveries", () => forgetOldDeliveries(deps)).finally(
      () => (forgetting = undefined),
    ));
  return {
    start() {
      if (timers.length > 0) return;
      timers = [setInterval(() => void look(), LOOK_EVERY_MS), setInterval(() => void forget(), FORGET_EVERY_MS)];
      for (const timer of timers) timer.unref();
      void forget();
    },
    async stop(graceMs) {
      for (const timer of timers) clearInterval(timer);
      sender.close();
      await Promise.all([looking, forgetting]);
      await sender.end(graceMs);
    },
    async runDue() {
      await looking;
      for (let before = -1; before !== sender.begun;) {
        before = sender.begun;
        await look();
        await sender.settled();
      }
    },
  };
}

class Sender {
  /** How many attempts were begun. */
  begun = 0;
  readonly #running = new Map<string, Set<Promise<void>>>();
  readonly #cutOff = new AbortController();
  readonly #deps: WebhookWorkerDeps;
  #isClosed = false;

  constructor(deps: WebhookWorkerDeps) {
    this.#deps = deps;
  }

  close(): void {
    this.#isClosed = true;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#all());
  }

  async end(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#cutOff.abort(), graceMs);
    await this.settled();
    clearTimeout(timer);
  }

  /** Claims what is due, as far as there is room, and begins to send it. */
  async begin(): Promise<void> {
    const { db } = this.#deps.database;
    for (const webhook of await listDueWebhooks(db, nowSeconds(this.#deps.clock))) {
      const room = Math.min(AT_ONCE_PER_WEBHOOK - this.#runningOf(webhook).size, AT_ONCE - this.#all().length);
      if (room <= 0) continue;
      const now = nowSeconds(this.#deps.clock);
      for (const id of await listDueDeliveries(db, webhook, now, room)) {
        if (this.#isClosed) return;
        const claimedBy = `${hostname()}:${process.pid}:${randomBase62(12)}`;
        const claim = { claimed_by: claimedBy, claimed_until: now + CLAIM_SECONDS };
        if (await claimDelivery(db, id, now, claim)) this.#run(webhook, id, claimedBy);
      }
    }
  }

  #run(webhook: string, id: string, claimedBy: string): void {
    this.begun++;
    const running = this.#runningOf(webhook);
    const sent = this.#send(webhook, id, claimedBy)
      .catch((error: unknown) =>
        this.#deps.logger.error({ webhook, delivery: id, error: messageOf(error) }, "a delivery could not be recorded"),
      )
      .finally(() => {
        running.delete(sent);
        if (running.size === 0) this.#running.delete(webhook);
      });
    running.add(sent);
    this.#running.set(webhook, running);
  }

  async #send(webhookId: string, id: string, claimedBy: string): Promise<void> {
    const { db } = this.#deps.database;
    const webhook = await findWebhookRow(db, webhookId);
    const delivery = await findDelivery(db, webhookId, id);
    if (webhook?.enabled !== 1 || delivery === undefined) {
      await giveBack(this.#deps, id, claimedBy);
      return;
    }
    try {
      const outcome = await sendDelivery(this.#deps, webhook, delivery, this.#cutOff.signal);
      await recordOutcome(this.#deps, { webhook: webhookId, id, claimedBy }, outcome);
    } catch (error) {
      if (!this.#cutOff.signal.aborted) throw error;
      await giveBack(this.#deps, id, claimedBy);
    }
  }

  #runningOf(webhook: string): Set<Promise<void>> {
    return this.#running.get(webhook) ?? new Set();
  }

  #all(): Promise<void>[] {
    return [...this.#running.values()].flatMap((running) => [...running]);
  }
}
