import { nowSeconds } from "../../platform/clock.ts";
import type { Cipher } from "../../platform/crypto/cipher.ts";
import { newId } from "../../platform/crypto/ids.ts";
import { AppError } from "../../platform/errors.ts";
import { readCursor, writeCursor } from "../../platform/http/paging.ts";
import type { Database, Db } from "../../schema.ts";
import { recordAuditEvent } from "../audit/index.ts";
import type { AuditDeps } from "../audit/index.ts";
import type { Caller } from "../callers/index.ts";
import { insertShopIfMissing, withItsShop } from "../customers/index.ts";
import { cancelPendingDeliveries } from "./delivery-queries.ts";
import { getVisibleWebhook, getWebhookForChange } from "./find-webhook.ts";
import { newWebhookSecret } from "./signature.ts";
import { presentWebhook } from "./webhook-presenter.ts";
import type { PresentedWebhook } from "./webhook-presenter.ts";
import { countWebhooks, insertWebhook, listWebhookRows, lockShop, updateWebhookRow } from "./webhook-queries.ts";
import type { WebhookRow } from "./webhook-queries.ts";
import type { CreateWebhookBody, UpdateWebhookBody } from "./webhook-schemas.ts";
import { sealForUrl, sealSecret } from "./webhook-secrets.ts";
import { readWebhookUrl } from "./webhook-url.ts";
import type { WebhookPolicy } from "./webhook-url.ts";

const WEBHOOKS_MAX = 20;
const DEFAULT_LIMIT = 100;

export interface WebhookDeps extends AuditDeps {
  database: Pick<Database, "db" | "engine" | "transaction">;
  cipher: Cipher;
  webhookPolicy: WebhookPolicy;
}

type WithSecret = PresentedWebhook & { secret: string };

/** The secret is returned once; what is stored of it is encrypted, because every message is signed with it. */
export async function createWebhook(deps: WebhookDeps, caller: Caller, input: CreateWebhookBody): Promise<WithSecret> {
  if (caller.packageBound !== null) {
    throw new AppError(
      "auth.outside_bound",
      "A webhook tells of everything in its shop, and this management token has a package bound; use one without.",
    );
  }
  const { shop, actor } = await withItsShop(deps.database.db, caller);
  const url = await readWebhookUrl(deps.webhookPolicy, input.url);
  return await deps.database.transaction(async (trx) => {
    const now = nowSeconds(deps.clock);
    await insertShopIfMissing(trx, shop, now);
    await lockShop(trx, deps.database.engine, shop);
    if ((await countWebhooks(trx, shop)) >= WEBHOOKS_MAX) {
      throw new AppError("resource.conflict", `This shop has ${WEBHOOKS_MAX} webhooks already; remove one first.`);
    }
    const id = newId("hook");
    const secret = newWebhookSecret();
    const isEnabled = input.enabled ?? true;
    const row: WebhookRow = {
      ...{ id, shop, url, events: JSON.stringify([...new Set(input.events)]), description: input.description ?? "" },
      ...{ enabled: isEnabled ? 1 : 0, disabled_reason: isEnabled ? null : "manual" },
      sealed_secret: sealSecret(deps.cipher, { id, shop, url }, secret),
      sealed_previous_secret: null,
      ...{ previous_secret_expires_at: null, created_by: actor.id ?? actor.kind },
      ...{ created_at: now, updated_at: now, removed_at: null },
    };
    await insertWebhook(trx, row);
    await record(deps, trx, caller, row, { action: "webhook.created", details: { after: auditable(row) } });
    return { ...presentWebhook(row, now), secret };
  });
}

/** A page, newest first. */
export async function listWebhooks(
  deps: WebhookDeps,
  caller: Caller,
  query: { limit?: number | undefined; cursor?: string | undefined },
): Promise<{ webhooks: PresentedWebhook[]; nextCursor: string | undefined }> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, "hook");
  if (caller.packageBound !== null) return { webhooks: [], nextCursor: undefined };
  const rows = await listWebhookRows(deps.database.db, caller.shop, { after, limit: limit + 1 });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const now = nowSeconds(deps.clock);
  return {
    webhooks: page.map((row) => presentWebhook(row, now)),
    nextCursor:
      rows.length > limit && last !== undefined ? writeCursor({ at: last.created_at, id: last.id }) : undefined,
  };
}

export async function readWebhook(deps: WebhookDeps, caller: Caller, id: string): Promise<PresentedWebhook> {
  return presentWebhook(await getVisibleWebhook(deps.database.db, caller, id), nowSeconds(deps.clock));
}

/** Absent fields stay. What waits is not sent to somebody who was disabled meanwhile, neither now nor later. */
export async function changeWebhook(
  deps: WebhookDeps,
  caller: Caller,
  id: string,
  input: UpdateWebhookBody,
): Promise<PresentedWebhook> {
  const url = input.url === undefined ? undefined : await readWebhookUrl(deps.webhookPolicy, input.url);
  return await deps.database.transaction(async (trx) => {
    const now = nowSeconds(deps.clock);
    const row = await getWebhookForChange(trx, deps.database.engine, caller, id);
    if (Object.keys(input).length === 0) return presentWebhook(row, now);
    const isSwitched = input.enabled !== undefined && input.enabled !== (row.enabled === 1);
    if (isSwitched) await cancelPendingDeliveries(trx, id);
    const updated = await updateWebhookRow(trx, id, {
      ...(url === undefined ? {} : movedTo(deps, row, url)),
      ...(input.events === undefined ? {} : { events: JSON.stringify([...new Set(input.events)]) }),
      ...(input.description === undefined ? {} : { description: input.description }),
      ...(isSwitched ? { enabled: input.enabled ? 1 : 0, disabled_reason: input.enabled ? null : "manual" } : {}),
      updated_at: now,
    });
    const details = { before: auditable(row), after: auditable(updated) };
    await record(deps, trx, caller, row, { action: "webhook.updated", details });
    return presentWebhook(updated, now);
  });
}

/** What signs goes along with a URL that is changed here. */
function movedTo(
  deps: WebhookDeps,
  row: WebhookRow,
  url: string,
): Pick<WebhookRow, "url" | "sealed_secret" | "sealed_previous_secret"> {
  const { sealed_secret, sealed_previous_secret } = sealForUrl(deps.cipher, row, url);
  return { url, sealed_secret, sealed_previous_secret };
}

/** The row stays for as long as deliveries name it, without its secrets; the URL can be one as well. */
export async function removeWebhook(deps: WebhookDeps, caller: Caller, id: string): Promise<void> {
  await deps.database.transaction(async (trx) => {
    const now = nowSeconds(deps.clock);
    const row = await getWebhookForChange(trx, deps.database.engine, caller, id);
    await cancelPendingDeliveries(trx, id);
    await updateWebhookRow(trx, id, {
      ...{ url: "", description: "", enabled: 0, removed_at: now, updated_at: now },
      ...{ sealed_secret: "", sealed_previous_secret: null, previous_secret_expires_at: null },
    });
    await record(deps, trx, caller, row, { action: "webhook.removed", details: { before: auditable(row) } });
  });
}

/** With an overlap both secrets sign until its end; without one the old secret ends at once, as one that leaked must. */
export async function rotateWebhookSecret(
  deps: WebhookDeps,
  caller: Caller,
  id: string,
  input: { overlap_seconds?: number | null | undefined },
): Promise<WithSecret> {
  return await deps.database.transaction(async (trx) => {
    const now = nowSeconds(deps.clock);
    const row = await getWebhookForChange(trx, deps.database.engine, caller, id);
    const secret = newWebhookSecret();
    const overlap = input.overlap_seconds ?? 0;
    const previous =
      overlap === 0
        ? { sealed_previous_secret: null, previous_secret_expires_at: null }
        : { sealed_previous_secret: row.sealed_secret, previous_secret_expires_at: now + overlap };
    const sealed = { sealed_secret: sealSecret(deps.cipher, row, secret), ...previous, updated_at: now };
    const updated = await updateWebhookRow(trx, id, sealed);
    const after = { previous_secret_expires_at: previous.previous_secret_expires_at };
    await record(deps, trx, caller, row, { action: "webhook.secret_rotated", details: { after } });
    return { ...presentWebhook(updated, now), secret };
  });
}

/** In the transaction of the change. */
export async function record(
  deps: AuditDeps,
  trx: Db,
  caller: Caller,
  { id, shop }: Pick<WebhookRow, "id" | "shop">,
  event: { action: string; details: { before?: Record<string, unknown>; after?: Record<string, unknown> } },
): Promise<void> {
  await recordAuditEvent(deps, trx, caller.actor, { ...event, target: { kind: "webhook", id }, shop });
}

/** Of the URL the host only: the rest of it can be a secret. */
function auditable(row: WebhookRow): Record<string, unknown> {
  const events = JSON.parse(row.events) as string[];
  return { host: new URL(row.url).host, events, enabled: row.enabled === 1, disabled_reason: row.disabled_reason };
}
