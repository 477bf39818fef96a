import { nowSeconds } from "../../platform/clock.ts";
import type { Logger } from "../../platform/log/logger.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import { cancelPendingDeliveries, findDelivery, updateClaimedDelivery } from "./delivery-queries.ts";
import type { DeliveryRow } from "./delivery-queries.ts";
import { nextDelay } from "./retry-schedule.ts";
import type { Outcome } from "./send-delivery.ts";
import { attemptsOf } from "./webhook-presenter.ts";
import type { Attempt } from "./webhook-presenter.ts";
import { findWebhookRow, lockWebhook, updateWebhookRow } from "./webhook-queries.ts";

const GONE = 410;

export interface RecordDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  logger: Logger;
  /** From 0 to 1; replaced by tests. */
  random?: () => number;
}

interface Claimed {
  webhook: string;
  id: string;
  claimedBy: string;
}

/** Notes an attempt, and when the next one comes, if any. Whose claim ran out meanwhile notes nothing. */
export async function recordOutcome(deps: RecordDeps, claimed: Claimed, outcome: Outcome): Promise<void> {
  await deps.database.transaction(async (trx) => {
    await lockWebhook(trx, deps.database.engine, claimed.webhook);
    const row = await findDelivery(trx, claimed.webhook, claimed.id);
    if (row?.claimed_by !== claimed.claimedBy) return;
    const now = nowSeconds(deps.clock);
    const { status, duration_ms, error, response, withheld } = outcome;
    const attempts: Attempt[] = [...attemptsOf(row), { at: now, status, duration_ms, error }];
    const change = { attempts: JSON.stringify(attempts), ...fateOf(deps, row, attempts.length, outcome) };
    await updateClaimedDelivery(trx, row.id, claimed.claimedBy, change, { response, withheld });
    if (change.state === "failed") {
      deps.logger.warn({ webhook: row.webhook, delivery: row.id, status, attempts: attempts.length }, "not delivered");
    }
    if (status === GONE) await disableGone(deps, trx, claimed.webhook);
  });
}

function fateOf(
  deps: RecordDeps,
  row: DeliveryRow,
  attempts: number,
  { status, error, retryAfterSeconds }: Outcome,
): Pick<DeliveryRow, "state" | "next_attempt_at"> {
  if (error === null) return { state: "delivered", next_attempt_at: null };
  // The webhook was disabled or removed while this was under way.
  if (row.state === "cancelled") return { state: "cancelled", next_attempt_at: null };
  const delay = status === GONE ? undefined : nextDelay(attempts, (deps.random ?? Math.random)(), retryAfterSeconds);
  if (delay === undefined) return { state: "failed", next_attempt_at: null };
  return { state: "pending", next_attempt_at: nowSeconds(deps.clock) + delay };
}

/** The receiver said that it wants no more, and is believed until somebody enables it again. */
async function disableGone(deps: RecordDeps, trx: Db, id: string): Promise<void> {
  const webhook = await findWebhookRow(trx, id);
  if (webhook?.enabled !== 1) return;
  const now = nowSeconds(deps.clock);
  await updateWebhookRow(trx, id, { enabled: 0, disabled_reason: "gone", updated_at: now });
  await cancelPendingDeliveries(trx, id);
  await recordAuditEvent(
    deps,
    trx,
    { kind: "system", id: null, requestId: null },
    {
      action: "webhook.disabled",
      target: { kind: "webhook", id },
      shop: webhook.shop,
      details: { before: { enabled: true }, after: { enabled: false, disabled_reason: "gone" } },
    },
  );
  deps.logger.warn({ webhook: id }, "a webhook answered 410 and was disabled");
}

/** What was not tried after all is as it was before: due at once. */
export async function giveBack(deps: RecordDeps, id: string, claimedBy: string): Promise<void> {
  await updateClaimedDelivery(deps.database.db, id, claimedBy, {});
}
