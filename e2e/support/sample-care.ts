import { startWebhookReceiver } from "../../src/testing/webhook-receiver.ts";
import { eventually } from "./vendor-shop.ts";

const DAY = 86_400;

/** Of customer 2000. */
export const CARE_EMAIL = "jana.novak@agentur-blau.example";

type Call = (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;

export interface SampleCare extends AsyncDisposable {
  /** A token that reads what is granted to customer 2000. */
  reader: string;
  /** With a message that was delivered and one that failed. */
  webhook: string;
  /** Its receiver answered 410. */
  goneWebhook: string;
}

/** What `fillWithBusiness` leaves out: order lines in every state for customer 2000, and webhooks that were told of it. */
export async function fillWithCare(call: Call): Promise<SampleCare> {
  const now = Math.floor(Date.now() / 1000);
  const make = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path} was refused: ${JSON.stringify(answer.body)}`);
    return answer.body as { id: string };
  };
  const receiver = await startWebhookReceiver();
  const hook = (input: object) => make("POST", "/api/webhooks?shop=default", { url: receiver.url, ...input });
  const heard = async (count: number) => {
    await eventually(() => Promise.resolve(receiver.received.length >= count), 10_000);
  };
  const gone = await hook({ events: ["package.version_released"], description: "Old shop" });
  receiver.behave((response) => response.writeHead(410).end());
  await make("POST", `/api/webhooks/${gone.id}/test`, {});
  await heard(1);
  const { id: webhook } = await hook({ events: ["grant.revoked", "source.*"], description: "CRM" });
  receiver.behave((response) => response.writeHead(500).end("<h1>Internal error</h1>"));
  await make("POST", `/api/webhooks/${webhook}/test`, {});
  await heard(2);
  receiver.behave((response) => response.writeHead(204).end());
  const line = (order: string, number: number) => `/api/customers/2000/grants/default/${order}/${String(number)}`;
  const sell = (order: string, number: number, terms: object) => make("PUT", line(order, number), terms);
  await sell("20101", 1, { package: "acme/checkout", updates_until: now - 300 * DAY, occurred_at: now - 400 * DAY });
  await sell("20101", 2, { package: "acme/core", constraint: "^1.0", occurred_at: now - 400 * DAY });
  await sell("20102", 1, { packages: ["acme/blog", "acme/theme"], expires_at: now - 20 * DAY });
  await sell("20103", 1, { package: "acme/checkout-pro", expires_at: now + 200 * DAY, with_dependencies: true });
  await sell("20103", 2, { package: "acme/later", starts_at: now + 9 * DAY });
  await sell("20104", 1, { package: "acme/addon", email: CARE_EMAIL });
  await make("DELETE", line("20104", 1));
  const reader = await make("POST", "/api/tokens?shop=default", {
    ...{ description: `Customer: ${CARE_EMAIL}`, access: "customer" },
    metadata: { customer_id: 2000, customer_email: CARE_EMAIL, order_id: "20101" },
  });
  await heard(3);
  return {
    ...{ reader: reader.id, webhook, goneWebhook: gone.id },
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  };
}
