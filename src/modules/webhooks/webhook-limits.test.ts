import { describe, expect, test, vi } from "vitest";
import { postJson } from "../../platform/outbound-http/index.ts";
import type { Db } from "../../schema.ts";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import type { WebhookReceiver } from "../../testing/webhook-receiver.ts";
import { sealAuditEvents } from "../audit/index.ts";
import { emitNotice } from "../notices/index.ts";
import { forgetOldDeliveries } from "./forget-deliveries.ts";
import { createWebhookWorker, eraseCustomerFromDeliveries } from "./index.ts";

const SCOPES = ["tokens:write", "webhooks:read", "webhooks:write"];

async function addWebhook(server: TestServer, secret: string, url: string): Promise<string> {
  const answer = await server.api("POST", "/api/webhooks", secret, { url, events: ["*"] });
  expect(answer.status, answer.text).toBe(201);
  return (answer.json() as { id: string }).id;
}

async function send(server: TestServer, secret: string, id: string, times = 1): Promise<void> {
  for (let sent = 0; sent < times; sent++) {
    expect((await server.api("POST", `/api/webhooks/${id}/test`, secret)).status).toBe(202);
  }
}

/** A worker to which the receiver seems to be at a public address. */
function workerInPublic(server: TestServer, receiver: WebhookReceiver) {
  return createWebhookWorker({
    ...{ ...server.core, version: "0", allowPrivateNetworks: true },
    lookup: () => Promise.resolve([{ address: "93.184.216.34" }]),
    post: (options) => postJson({ ...options, url: receiver.url, addresses: ["127.0.0.1"] }),
  });
}

/** A webhook without a secret that anything could be signed with: every attempt fails at once. */
const unusable = (id: string, shop: string) => ({
  ...{ id, shop, url: "https://hooks.invalid/", events: '["*"]', description: "", enabled: 1, disabled_reason: null },
  ...{ sealed_secret: "", sealed_previous_secret: null, previous_secret_expires_at: null, created_by: "test" },
  ...{ created_at: 1_700_000_000, updated_at: 1_700_000_000, removed_at: null },
});

const allDeliveries = ({ core }: TestServer) => core.database.db.selectFrom("webhook_deliveries").selectAll().execute();

describe.each(testEngines)("webhooks on %s", (engine) => {
  test("of a shop whose receivers hang hold up no other shop's", async () => {
    await using server = await startTestServer(engine);
    await using hanging = await startWebhookReceiver();
    await using good = await startWebhookReceiver();
    let open = 0;
    hanging.behave((response) => {
      open++;
      response.on("close", () => open--);
    });
    const [evil, victim] = [
      await server.createManagementToken({ shop: "evil", scopes: SCOPES }),
      await server.createManagementToken({ shop: "good", scopes: SCOPES }),
    ];
    for (let made = 0; made < 8; made++) {
      await send(server, evil, await addWebhook(server, evil, hanging.url), 4);
    }
    await expect.poll(() => open, { timeout: 10_000 }).toBe(8);
    const id = await addWebhook(server, victim, good.url);
    for (let sent = 1; sent <= 3; sent++) {
      await send(server, victim, id);
      await expect.poll(() => good.received.length, { timeout: 5_000 }).toBe(sent);
    }
    expect(open).toBe(8);
    await server.stop(0);
  });

  test("whose receivers answer and never end have delivered a second later", async () => {
    await using server = await startTestServer(engine);
    await using dripping = await startWebhookReceiver();
    dripping.behave((response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), 50);
      response.on("close", () => clearInterval(timer));
    });
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const id = await addWebhook(server, shop, dripping.url);
    await send(server, shop, id);
    const state = async () => (await allDeliveries(server)).map((row) => row.state);
    await expect.poll(state, { timeout: 8_000 }).toEqual(["delivered"]);
  });

  // Whoever may make webhooks could otherwise read what answers a POST inside the operator's network.
  test("keep the beginning of an answer from a public address, and nothing of one from a private address", async () => {
    await using server = await startTestServer(engine);
    await using receiver = await startWebhookReceiver();
    receiver.behave((response) => response.writeHead(500).end("no\0pe".repeat(1_000)));
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const id = await addWebhook(server, shop, receiver.url);
    await send(server, shop, id);
    await server.application.webhooks.runDue();
    const list = async () => (await server.api("GET", `/api/webhooks/${id}/deliveries`, shop)).json();
    expect(await list()).toMatchObject([
      { attempts: [{ status: 500 }], response: null, response_withheld: "private_address" },
    ]);
    expect(JSON.stringify(await allDeliveries(server))).not.toContain("nope");
    await server.stop();
    server.clock.advanceSeconds(10);
    await workerInPublic(server, receiver).runDue();
    expect(await allDeliveries(server)).toMatchObject([
      { response: "nope".repeat(1_000).slice(0, 1_024), response_withheld: null },
    ]);
  });

  test("forget an erased customer and order wherever a message names them, also what is answered at that moment", async () => {
    await using server = await startTestServer(engine);
    await using receiver = await startWebhookReceiver();
    const shop = await server.createManagementToken({ scopes: [...SCOPES, "grants:write"] });
    await addWebhook(server, shop, receiver.url);
    const metadata = { customer_id: "zelda", customer_email: "zelda@example.com", order_id: "zelda-1" };
    await sellToken(server, shop, { metadata });
    const line = "/api/customers/zelda/grants/default/zelda-2/1";
    for (const sold of [{ package: "acme/a" }, { package: "acme/b" }]) {
      const answer = await server.api("PUT", line, shop, sold);
      expect(answer.status, answer.text).toBeLessThan(300);
    }
    await server.stop();
    await sealAuditEvents(server.core);
    const held: (() => void)[] = [];
    receiver.behave((response, body) => void held.push(() => response.writeHead(500).end(body)));
    const worker = workerInPublic(server, receiver);
    const running = worker.runDue();
    await expect.poll(() => held.length, { timeout: 20_000 }).toBe(1);
    const { db } = server.core.database;
    const messages = async () => JSON.stringify(await db.selectFrom("webhook_messages").selectAll().execute());
    expect((await messages()).match(/zelda-[12]/g)?.length).toBeGreaterThanOrEqual(3);
    const { id } = await db.selectFrom("customers").select("id").executeTakeFirstOrThrow();
    await server.core.database.transaction((trx) =>
      eraseCustomerFromDeliveries(trx, engine, { customer: id, tokens: [] }),
    );
    receiver.behave((response, body) => response.writeHead(500).end(body));
    for (const answer of held) answer();
    await running;
    expect(receiver.received[0]?.body).toContain("zelda@example.com");
    expect(await messages()).not.toContain("zelda");
    const rows = await allDeliveries(server);
    expect(rows.length).toBeGreaterThanOrEqual(3);
    for (const row of rows) expect(row).toMatchObject({ response: null, response_withheld: "erased" });
    expect(rows.every(({ attempts }) => attempts.includes("answered 500"))).toBe(true);
  });

  test("are told what happened in pieces, between which everybody else has a turn", async () => {
    await using server = await startTestServer(engine);
    await server.stop();
    const { core } = server;
    const { db } = core.database;
    for (const shop of ["one", "two"]) {
      await db.insertInto("shops").values({ name: shop, created_at: 1 }).execute();
      for (let made = 0; made < 20; made++) {
        await db
          .insertInto("webhooks")
          .values(unusable(`hook_${shop}${made}`, shop))
          .execute();
      }
    }
    await core.database.transaction(async (trx) => {
      for (let event = 0; event < 45; event++) {
        await emitNotice(core, trx, { type: "source.failing", shop: null, data: { event } });
      }
    });
    let turns = 0;
    let isOver = false;
    const turn = (): void => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    const pieces: { made: number; turn: number }[] = [];
    const count = async (trx: Db) =>
      (
        await trx
          .selectFrom("webhook_deliveries")
          .select((e) => e.fn.countAll<number>().as("n"))
          .executeTakeFirstOrThrow()
      ).n;
    const transaction: typeof core.database.transaction = (work) =>
      core.database.transaction(async (trx, changed) => {
        const before = await count(trx);
        const result = await work(trx, changed);
        const made = (await count(trx)) - before;
        if (made > 0) pieces.push({ made, turn: turns });
        return result;
      });
    const database = { ...core.database, transaction };
    const worker = createWebhookWorker({ ...core, database, version: "0", allowPrivateNetworks: true });
    worker.start();
    const made = () => pieces.reduce((sum, piece) => sum + piece.made, 0);
    await expect.poll(made, { timeout: 20_000 }).toBe(45 * 40);
    await worker.stop(0);
    isOver = true;
    // An event is told whole: a piece ends with the one that fills it.
    for (const piece of pieces) expect(piece.made).toBeLessThan(500 + 40);
    for (const [index, piece] of pieces.entries()) expect(piece.turn).toBeGreaterThan(pieces[index - 1]?.turn ?? -1);
    const rows = await allDeliveries(server);
    expect(new Set(rows.map(({ webhook, message }) => `${webhook} ${message}`)).size).toBe(45 * 40);
    expect(await db.selectFrom("notices").selectAll().execute()).toEqual([]);
  });

  test("go out one after the other as fast as the receiver answers, not a few with every look of the timer", async () => {
    await using server = await startTestServer(engine);
    await using receiver = await startWebhookReceiver();
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const id = await addWebhook(server, shop, "https://hooks.invalid/");
    // The server's own would send some of them.
    await server.application.webhooks.stop(0);
    await send(server, shop, id, 40);
    const worker = workerInPublic(server, receiver);
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    try {
      worker.start();
      await vi.advanceTimersToNextTimerAsync();
    } finally {
      vi.useRealTimers();
    }
    await expect.poll(() => receiver.received.length, { timeout: 20_000 }).toBe(40);
    await worker.stop(5_000);
    expect((await allDeliveries(server)).map(({ state }) => state)).toEqual(Array(40).fill("delivered"));
  });

  test("have a log whose pages end early where messages are large, and which is whole all the same", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const id = await addWebhook(server, shop, "https://hooks.invalid/");
    const { db } = server.core.database;
    for (let sent = 0; sent < 9; sent++) {
      // The fourth is larger than a page may be.
      const data = JSON.stringify({ packages: "ü".repeat(sent === 4 ? 600_000 : 150_000) });
      const about = { customer: null, personal_values: null, occurred_at: 1_800_000_000 };
      const message = { id: `msg_${sent}`, type: "grant.updated", data, created_at: 1_800_000_000 };
      await db
        .insertInto("webhook_messages")
        .values({ ...message, ...about })
        .execute();
      await db
        .insertInto("webhook_deliveries")
        .values({
          ...{ id: `dlv_${sent}`, webhook: id, message: `msg_${sent}`, state: "delivered", attempts: "[]" },
          ...{ response: null, response_withheld: null, next_attempt_at: null, claimed_by: null, claimed_until: null },
          created_at: 1_800_000_000 + sent,
        })
        .execute();
    }
    const pages: string[][] = [];
    for (let path: string | undefined = `/api/webhooks/${id}/deliveries?limit=1000`; path !== undefined;) {
      const page = await server.api("GET", path, shop);
      const found = (page.json() as { id: string }[]).map((delivery) => delivery.id);
      pages.push(found);
      expect(Buffer.byteLength(page.text)).toBeLessThan(found.length === 1 ? 1_300_000 : 1_010_000);
      path = /<[^>]*?(\/api\/[^>]*)>/.exec(page.headers.get("link") ?? "")?.[1];
    }
    expect(pages).toEqual([["dlv_8", "dlv_7", "dlv_6"], ["dlv_5"], ["dlv_4"], ["dlv_3", "dlv_2", "dlv_1"], ["dlv_0"]]);
  });

  test("are gone for good once they are removed: the URL at once, the row with its last delivery", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const id = await addWebhook(server, shop, "https://hooks.invalid/?key=SECRETKEY");
    const unused = await addWebhook(server, shop, "https://hooks.invalid/?key=SECRETKEY");
    const kept = await addWebhook(server, shop, "https://hooks.invalid/");
    await send(server, shop, id);
    for (const removed of [id, unused]) await server.api("DELETE", `/api/webhooks/${removed}`, shop);
    await server.api("POST", `/api/webhooks/${kept}/rotate-secret`, shop, { overlap_seconds: 3600 });
    await server.stop();
    const { db } = server.core.database;
    const rows = () => db.selectFrom("webhooks").selectAll().orderBy("id").execute();
    expect(JSON.stringify(await rows())).not.toContain("SECRETKEY");
    const forget = async (seconds: number) => {
      server.clock.advanceSeconds(seconds);
      await forgetOldDeliveries(server.core);
      return (await rows()).map((row) => row.id);
    };
    expect(await forget(3_599)).toEqual([id, kept].sort());
    expect((await rows()).find((row) => row.id === kept)?.sealed_previous_secret).not.toBeNull();
    await forget(1);
    expect((await rows()).find((row) => row.id === kept)).toMatchObject({
      ...{ sealed_previous_secret: null, previous_secret_expires_at: null, removed_at: null },
    });
    expect(await forget(30 * 86_400)).toEqual([kept]);
  });
});
