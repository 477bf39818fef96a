import { expect, test } from "vitest";
import { isSignedBy, startWebhookReceiver } from "../src/testing/webhook-receiver.ts";
import { startBroker } from "./support/broker-process.ts";
import { eventually } from "./support/vendor-shop.ts";

interface Sold {
  id: string;
}

// A CRM that misses a cancellation goes on billing.
test("every change that was answered reaches the receiver under one id, though the server is killed (-9) in the middle", async () => {
  await using receiver = await startWebhookReceiver();
  await using broker = await startBroker();
  const scopes = "tokens:read,tokens:write,webhooks:read,webhooks:write";
  const managementToken = await broker.cliOrFail(["management-token", "create", "--name", "shop", "--scopes", scopes]);
  const made = await broker.api("POST", "/api/webhooks", managementToken, { url: receiver.url, events: ["token.*"] });
  expect(made.status).toBe(201);
  const { id: hook, secret } = made.body as { id: string; secret: string };
  // Slow enough that messages are on their way at the moment of the kill.
  receiver.behave((response) => void setTimeout(() => response.writeHead(204).end(), 20));
  const answered = new Set<string>();
  for (const round of [1, 2]) {
    const before = answered.size;
    let isKilled = false;
    const sell = async (worker: number) => {
      for (let sale = 0; !isKilled && sale < 500; sale++) {
        try {
          const body = { description: `sale ${round}-${worker}-${sale}` };
          const answer = await broker.api("POST", "/api/tokens", managementToken, body);
          if (answer.status === 201) answered.add((answer.body as Sold).id);
        } catch {
          return;
        }
      }
    };
    const heard = receiver.received.length;
    const selling = Promise.all(Array.from({ length: 4 }, (_, worker) => sell(worker)));
    await eventually(
      () => Promise.resolve(answered.size >= before + 60 && receiver.received.length > heard + 5),
      30_000,
    );
    await broker.stop("SIGKILL");
    isKilled = true;
    await selling;
    await broker.start();
  }
  const hasHeardOfAll = () => {
    const heardOf = new Set(receiver.received.map(({ data }) => data["id"]));
    return [...answered].every((id) => heardOf.has(id));
  };
  // Nobody waits for the claims of the dead process to run out.
  await eventually(() => Promise.resolve(hasHeardOfAll()), 35_000);
  const idsOf = new Map<string, Set<string>>();
  for (const message of receiver.received) {
    const token = message.data["id"] as string;
    idsOf.set(token, (idsOf.get(token) ?? new Set()).add(message.id));
    expect(isSignedBy(secret, message)).toBe(true);
  }
  for (const [token, ids] of idsOf) expect(ids.size, `${token} was told under several ids`).toBe(1);
  const pending = await broker.api("GET", `/api/webhooks/${hook}/deliveries?state=failed`, managementToken);
  expect(pending.body).toEqual([]);
  expect(broker.log()).not.toContain(secret);
}, 180_000);

test("a server that is told to stop does so although a receiver hangs, and the message arrives afterwards", async () => {
  await using receiver = await startWebhookReceiver();
  await using broker = await startBroker();
  const managementToken = await broker.cliOrFail([
    ...["management-token", "create", "--name", "shop", "--scopes", "webhooks:read,webhooks:write"],
  ]);
  receiver.behave(() => undefined);
  const made = await broker.api("POST", "/api/webhooks", managementToken, { url: receiver.url, events: ["*"] });
  const { id } = made.body as { id: string };
  await broker.api("POST", `/api/webhooks/${id}/test`, managementToken, {});
  await eventually(() => Promise.resolve(receiver.received.length === 1), 10_000);
  const began = performance.now();
  expect(await broker.stop("SIGTERM")).toBe(0);
  expect(performance.now() - began).toBeLessThan(8_000);
  receiver.behave((response) => response.writeHead(204).end());
  await broker.start();
  await eventually(() => Promise.resolve(receiver.received.length === 2), 10_000);
  expect(receiver.received[1]?.id).toBe(receiver.received[0]?.id);
});
