import { setTimeout as pause } from "node:timers/promises";
import type { Delivery, LineEvent, Purchase } from "./storm-plan.ts";
import { tokenOf } from "./storm-plan.ts";

/** Longer than the server is ever gone here. */
const ATTEMPTS_MAX = 200;

export interface StormShop {
  /** Delivers everything, `atOnce` at a time; each until it is answered well. */
  deliverAll(deliveries: readonly Delivery[], atOnce: number, onDone: (delivered: number) => void): Promise<void>;
  /** What the shop was told, by the token that a purchase makes: every secret it ever got, and every id. */
  readonly told: ReadonlyMap<string, { ids: ReadonlySet<string>; secrets: ReadonlySet<string> }>;
  readonly counts: { retried: number; replayed: number; duplicates: number };
}

interface Answer {
  status: number;
  body: { id?: string; token?: string; duplicate?: boolean };
  isReplayed: boolean;
}

/** The webhook handler of a shop that delivers again whatever failed, as real shops do. */
export function createStormShop(broker: { url: string }, tokens: { plain: string; withSetting: string }): StormShop {
  const told = new Map<string, { ids: Set<string>; secrets: Set<string> }>();
  const counts = { retried: 0, replayed: 0, duplicates: 0 };

  const call = async (method: string, path: string, by: string, body?: unknown, key?: string): Promise<Answer> => {
    const response = await fetch(broker.url + path, {
      method,
      headers: {
        authorization: `Bearer ${by}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isReplayed = response.headers.get("idempotency-replayed") === "true";
    const { status } = response;
    // Refused for now: the shop delivers again. Anything else that is refused is a defect.
    if (status === 429 || status >= 500 || text.includes("request.in_flight")) throw new TryAgain(`${status} ${text}`);
    if (status >= 400) throw new Error(`${method} ${path} answered ${status}: ${text}`);
    return { status, body: JSON.parse(text) as Answer["body"], isReplayed };
  };

  const handle = async ({ purchase, event }: Delivery): Promise<void> => {
    const by = purchase.rule === "setting" ? tokens.withSetting : tokens.plain;
    await tellGrant(purchase, event, (method, path, body) => call(method, path, by, body));
    if (event.kind !== "grant") return;
    const { body, key } = tokenRequest(purchase);
    const answer = await call("POST", "/api/tokens", by, body, key);
    if (answer.isReplayed) counts.replayed++;
    if (answer.body.duplicate === true) counts.duplicates++;
    const known = told.get(tokenOf(purchase)) ?? { ids: new Set(), secrets: new Set() };
    told.set(tokenOf(purchase), known);
    known.ids.add(answer.body.id ?? "");
    if (answer.body.token !== undefined) known.secrets.add(answer.body.token);
  };

  const deliver = async (delivery: Delivery): Promise<void> => {
    for (let attempt = 1; ; attempt++) {
      try {
        await handle(delivery);
        return;
      } catch (error) {
        // Without an answer nobody knows whether it was done.
        const isRefusal = !(error instanceof TryAgain) && !isCutOff(error);
        if (isRefusal || attempt === ATTEMPTS_MAX) throw error;
        counts.retried++;
        await pause(50 + Math.random() * 200);
      }
    }
  };

  return {
    told,
    counts,
    async deliverAll(deliveries, atOnce, onDone) {
      const waiting = deliveries.values();
      let delivered = 0;
      const work = async () => {
        for (const delivery of waiting) {
          await deliver(delivery);
          onDone(++delivered);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
    },
  };
}

class TryAgain extends Error {}

/** `fetch` fails so when the server is killed or not there. */
function isCutOff(error: unknown): boolean {
  return error instanceof TypeError;
}

async function tellGrant(
  { customerId, orderId }: Purchase,
  event: LineEvent,
  call: (method: string, path: string, body?: unknown) => Promise<unknown>,
): Promise<void> {
  const order = `/api/customers/${customerId}/grants/default/${orderId}`;
  if (event.kind === "grant") await call("PUT", `${order}/1`, { ...event.terms, occurred_at: event.at });
  else await call("DELETE", `${order}${event.ofWholeOrder ? "" : "/1"}?occurred_at=${event.at}`);
}

function tokenRequest({ customerId, orderId, email, rule }: Purchase): { body: unknown; key: string | undefined } {
  const body = { description: `Customer: ${email}`, access: "customer" };
  const metadata = { customer_id: customerId, customer_email: email };
  const ofOrder = { ...body, metadata: { ...metadata, order_id: orderId } };
  switch (rule) {
    case "key and unique_by":
      return { body: { ...ofOrder, notify: true, unique_by: "order" }, key: `order-${orderId}` };
    case "key of the order":
      return { body: { ...ofOrder, notify: true }, key: `order-${orderId}` };
    case "key of the customer":
      return { body: { ...body, metadata, notify: true }, key: `customer-${customerId}` };
    case "setting":
      // Of a handler that computes it from the clock: no two bodies are the same.
      return { body: { ...ofOrder, expires_at: Math.floor(Date.now() / 1000) + 31_536_000 }, key: undefined };
  }
}
