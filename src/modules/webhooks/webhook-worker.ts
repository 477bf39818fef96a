import { setImmediate } from "node:timers/promises";
import { newClaimant } from "../../platform/claimant.ts";
import { nowSeconds } from "../../platform/clock.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Logger } from "../../platform/log/logger.ts";
import { oneAtATime, untilDone } from "../../platform/one-at-a-time.ts";
import {
  claimDelivery,
  findDelivery,
  listDueDeliveries,
  listDueWebhooks,
  releaseAbandonedClaims,
} from "./delivery-queries.ts";
import { DeliverySlots } from "./delivery-slots.ts";
import type { DueWebhook } from "./delivery-slots.ts";
import { dispatchSome } from "./dispatch-events.ts";
import { forgetOldDeliveries } from "./forget-deliveries.ts";
import { giveBack, recordOutcome } from "./record-outcome.ts";
import type { RecordDeps } from "./record-outcome.ts";
import { sendDelivery } from "./send-delivery.ts";
import type { Outcome, SendDeps } from "./send-delivery.ts";
import { findWebhookRow } from "./webhook-queries.ts";

const LOOK_EVERY_MS = 500;
const FORGET_EVERY_MS = 60_000;
/** So many of a webhook's due deliveries are looked up at once. */
const LOOKED_UP = 4;
/** Receivers may answer faster than others get their turn. */
const BEGUN_AT_ONCE = 64;
/** An attempt takes 15 seconds for the name and 16 for the answer at most; a claim that is older is nobody's. */
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
  let timers: NodeJS.Timeout[] = [];
  const sender = new Sender(deps, () => {
    if (timers.length > 0) void look();
  });
  const release = untilDone(() => releaseAbandonedClaims(deps.database.db));
  const once = (what: string, work: () => Promise<void>) =>
    oneAtATime(work, (error) => deps.logger.error({ err: error }, `webhooks: ${what} failed; tried again`));
  const look = once("looking for what is due", async () => {
    await release();
    // What happened comes in pieces, and what is due goes out and others get their turn between two of them.
    for (let isMore = true; isMore && !sender.isClosed;) {
      isMore = await dispatchSome(deps);
      await sender.begin();
      await setImmediate();
    }
  });
  const forget = once("deleting old deliveries", async () => {
    if (!sender.isClosed) await forgetOldDeliveries(deps, () => sender.isClosed);
  });
  return {
    start() {
      if (timers.length > 0) return;
      timers = [setInterval(() => void look(), LOOK_EVERY_MS), setInterval(() => void forget(), FORGET_EVERY_MS)];
      for (const timer of timers) timer.unref();
      void forget();
    },
    async stop(graceMs) {
      for (const timer of timers) clearInterval(timer);
      timers = [];
      sender.close();
      await Promise.all([look(), forget()]);
      await sender.end(graceMs);
    },
    async runDue() {
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
  isClosed = false;
  /** Something due found no place at the last look. */
  #isFull = false;
  readonly #running = new Set<Promise<void>>();
  readonly #slots = new DeliverySlots();
  readonly #cutOff = new AbortController();
  readonly #deps: WebhookWorkerDeps;
  readonly #onRoom: () => void;

  /** `onRoom` is called when what was due and found no place may find one now. */
  constructor(deps: WebhookWorkerDeps, onRoom: () => void) {
    this.#deps = deps;
    this.#onRoom = onRoom;
  }

  close(): void {
    this.isClosed = true;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async end(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#cutOff.abort(), graceMs);
    await this.settled();
    clearTimeout(timer);
  }

  /** Claims what is due, as far as there is room, and begins to send it. */
  async begin(): Promise<void> {
    const { db } = this.#deps.database;
    const now = nowSeconds(this.#deps.clock);
    const due = new Map((await listDueWebhooks(db, now)).map((webhook) => [webhook.id, webhook]));
    const waiting = new Map<string, string[]>();
    for (const until = this.begun + BEGUN_AT_ONCE; this.begun < until;) {
      const webhook = this.#slots.choose(due.values());
      this.#isFull = webhook === undefined && due.size > 0;
      if (webhook === undefined) return;
      let ids = waiting.get(webhook.id) ?? [];
      if (ids.length === 0) ids = await listDueDeliveries(db, webhook.id, now, LOOKED_UP);
      waiting.set(webhook.id, ids);
      if (this.isClosed) return;
      const id = ids.shift();
      if (id === undefined) {
        due.delete(webhook.id);
        continue;
      }
      const claimedBy = newClaimant();
      const claim = { claimed_by: claimedBy, claimed_until: nowSeconds(this.#deps.clock) + CLAIM_SECONDS };
      if (await claimDelivery(db, id, now, claim)) this.#run(webhook, id, claimedBy);
      await setImmediate();
    }
    this.#isFull = true;
  }

  #run(webhook: DueWebhook, id: string, claimedBy: string): void {
    this.begun++;
    this.#slots.begin(webhook);
    let took: { ms: number; timedOut: boolean } | undefined;
    const sent = this.#send(webhook.id, id, claimedBy)
      .then((outcome) => {
        if (outcome !== undefined) took = { ms: outcome.duration_ms, timedOut: outcome.timedOut };
      })
      .catch((error: unknown) =>
        this.#deps.logger.error(
          { webhook: webhook.id, delivery: id, error: messageOf(error) },
          "a delivery could not be recorded",
        ),
      )
      .finally(() => {
        this.#slots.end(webhook, took);
        this.#running.delete(sent);
        if (this.#isFull) this.#onRoom();
      });
    this.#running.add(sent);
  }

  /** What came of it; undefined where it was not tried. */
  async #send(webhookId: string, id: string, claimedBy: string): Promise<Outcome | undefined> {
    const { db } = this.#deps.database;
    const webhook = await findWebhookRow(db, webhookId);
    const delivery = await findDelivery(db, webhookId, id);
    if (webhook?.enabled !== 1 || delivery === undefined) {
      await giveBack(this.#deps, id, claimedBy);
      return undefined;
    }
    try {
      const outcome = await sendDelivery(this.#deps, webhook, delivery, this.#cutOff.signal);
      await recordOutcome(this.#deps, { webhook: webhookId, id, claimedBy }, outcome);
      return outcome;
    } catch (error) {
      if (!this.#cutOff.signal.aborted) throw error;
      await giveBack(this.#deps, id, claimedBy);
      return undefined;
    }
  }
}
