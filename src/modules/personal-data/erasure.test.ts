import { readFile } from "node:fs/promises";
import { sql } from "kysely";
import { describe, expect, test } from "vitest";
import { databaseFile } from "../../compose.ts";
import type { Database } from "../../schema.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { sealAuditEvents, verifyAuditChain } from "../audit/index.ts";
import { SCOPES } from "../callers/index.ts";

const NOW = 1_800_000_000;
const ALL = { scopes: [...SCOPES] };
/** In every value that says who the customer is, and in nothing else. */
const MARKER = /zelda/i;
const HERE = "/api/customers/zelda-1";
const metadata = (more: object = {}) => ({
  ...{ customer_id: "zelda-1", customer_email: "Zelda@Example.com", note: "Zelda calls on Mondays", order_id: "A-1" },
  ...more,
});

/** Every row of every table, as text. */
async function everything({ db }: Pick<Database, "db">): Promise<Record<string, string>> {
  const tables = (await db.introspection.getTables()).map(({ name }) => name);
  expect(tables).toEqual(
    expect.arrayContaining(["tokens", "audit_personal_values", "customer_mails", "idempotency_keys"]),
  );
  const texts: Record<string, string> = {};
  for (const table of tables) {
    const { rows } = await sql`select * from ${sql.table(table)}`.execute(db);
    texts[table] = JSON.stringify(rows);
  }
  return texts;
}

const tablesNaming = (texts: Record<string, string>) =>
  Object.keys(texts)
    .filter((table) => MARKER.test(texts[table] ?? ""))
    .sort();

/** What is in the database's file and its log, erased rows that nothing points to any more included. */
async function rawBytesNaming(server: TestServer): Promise<string[]> {
  const file = databaseFile(server.core.config);
  const text = Buffer.concat([await readFile(file), await readFile(`${file}-wal`)]).toString("latin1");
  return [...text.matchAll(/.{0,60}zelda.{0,60}/gis)].map(([match]) => match.replaceAll(/[^ -~]+/g, "·"));
}

async function open(engine: TestEngine, open: AsyncDisposableStack) {
  const sink = open.use(await startSmtpSink());
  const receiver = open.use(await startWebhookReceiver());
  const server = open.use(await startTestServer(engine, { SMTP_URL: sink.url, MAIL_FROM: "a@acme.example" }));
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  const shop = await server.createManagementToken({ ...ALL, uniqueBy: "order", notify: true });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await server.api(method, path, shop, body, headers);
    expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(300);
    return answer.json() as Record<string, unknown>;
  };
  const { id: hook } = await call("POST", "/api/webhooks", { url: receiver.url, events: ["*"] });
  /** Everything that waits goes out, and what was counted is written. */
  const settle = async () => {
    await sealAuditEvents(server.core);
    await server.application.webhooks.runDue();
    await server.application.mails.runDue();
    await call("GET", "/api/usage");
  };
  return { server, shop, sink, receiver, hook: hook as string, call, settle };
}

const key = (name: string) => ({ "idempotency-key": `zelda ${name}` });

test("the page about personal data names every table there is", async () => {
  await using server = await startTestServer("sqlite");
  const page = await readFile(new URL("../../../docs/reference/personal-data.md", import.meta.url), "utf8");
  const tables = (await server.core.database.db.introspection.getTables({ withInternalKyselyTables: true })).map(
    ({ name }) => name,
  );
  expect(tables.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

describe.each(testEngines)("erasing on %s", { timeout: 60_000 }, (engine) => {
  // A place that is added later and keeps something personal has to be erased as well: this finds it.
  test("leaves nothing of a customer in any table, nor in the bytes of the file, and the audit chain verifies", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { server, shop, sink, receiver, hook, call, settle } = await open(engine, cleanUp);
    const { database, cipher } = server.core;
    receiver.behave((response) => response.writeHead(500).end());
    const sale = (order: string) => ({
      description: `Zelda Fitz, order ${order}`,
      metadata: metadata({ order_id: order }),
    });
    const first = await sellToken(server, shop, sale("A-1"), key("sale 1"));
    const second = await sellToken(server, shop, { ...sale("A-2"), access: "customer" });
    const other = await sellToken(
      server,
      shop,
      {
        ...{ description: "Bob", metadata: { customer_id: "bob", customer_email: "bob@example.com", order_id: "B-1" } },
      },
      { "idempotency-key": "bob 1" },
    );
    const guest = await sellToken(server, shop, {
      description: "Zelda as a guest",
      metadata: metadata({ customer_id: 0, order_id: "A-3" }),
    });
    await call("PATCH", `/api/tokens/${guest.id}`, { metadata: metadata({ customer_id: 0, order_id: "A-3" }) });
    await call("PUT", `${HERE}/grants/default/A-2/1`, {
      package: "acme/core",
      email: "zelda.fitz@example.com",
      occurred_at: NOW,
    });
    await call("PATCH", HERE, { email: "zelda.two@example.com" });
    await call("PATCH", `/api/tokens/${first.id}`, {
      description: "Zelda's laptop",
      metadata: metadata({ phone: "zelda-phone" }),
    });
    await call("POST", `/api/tokens/${first.id}/rotate`, { overlap_seconds: 60 }, key("rotate"));
    await settle();
    for (const { token } of [first, second, other]) {
      expect((await server.composer("/p2/acme/core.json", token)).status).toBe(200);
    }
    await call("POST", `${HERE}/revoke`, {}, key("revoke"));
    await call("POST", `${HERE}/restore`, {}, key("restore"));
    await call(
      "POST",
      `${HERE}/transfer`,
      { email: "zelda.three@example.com", customer_id: "zelda-2" },
      key("transfer"),
    );
    // A token that was hers, and has another customer now.
    await call("PATCH", `/api/tokens/${second.id}`, { description: "Bob's", metadata: { customer_id: "bob" } });
    server.clock.advanceSeconds(10);
    await settle();
    // Some of it is on its way still.
    await call("POST", `/api/tokens/${first.id}/rotate`);
    // Its answer holds the whole message, and is kept for a repetition.
    const told = database.db.selectFrom("webhook_messages").select("id").where("personal_values", "like", "%elda%");
    const { id: delivery } = await database.db
      .updateTable("webhook_deliveries")
      .set({ state: "failed", next_attempt_at: null })
      .where("id", "in", (sub) =>
        sub.selectFrom("webhook_deliveries").select("id").where("message", "in", told).limit(1),
      )
      .returning("id")
      .executeTakeFirstOrThrow();
    const replayed = await call("POST", `/api/webhooks/${hook}/deliveries/${delivery}/replay`, {}, key("replay"));
    expect(JSON.stringify(replayed)).toMatch(MARKER);
    const script = { name: "script", scopes: ["tokens:read"] };
    const nobodys = { "idempotency-key": "nobody's" };
    const made = await call("POST", "/api/management-tokens", script, nobodys);
    // What receivers answer is kept, unless they are in a private network as this one is, and may repeat what they got.
    await database.db
      .updateTable("webhook_deliveries")
      .set({ response: "no Zelda here" })
      .where("message", "in", told)
      .execute();
    const before = await everything(database);
    expect(tablesNaming(before)).toEqual([
      ...["audit_personal_values", "customer_addresses", "customer_mails", "customers", "idempotency_keys"],
      ...["tokens", "webhook_deliveries", "webhook_messages"],
    ]);
    expect(sink.mails.map(({ to }) => to).join()).toMatch(MARKER);
    for (const table of ["token_networks", "token_usage"]) expect(before[table], table).toContain(second.id);
    // Of her own token, and of one that has another customer by now.
    expect(before["token_networks"]).toContain(first.id);

    const id = (await call("GET", "/api/customers/zelda-2"))["id"] as string;
    const wrong = await server.api("POST", "/api/customers/zelda-2/erase", shop, { confirm: "zelda-1" });
    expect(wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: "/confirm" }] });
    const erased = await call("POST", "/api/customers/zelda-2/erase", { confirm: "zelda-2" });
    expect(erased).toEqual({
      ...{
        message: "Customer erased",
        id,
        customer_id: `erased-${id}`,
        shop: "default",
        erased_at: NOW + 10,
        tokens_erased: 1,
      },
    });
    const guests = await server.api("POST", `/api/tokens/${other.id}/erase`, shop, { confirm: other.id });
    expect(guests.json()).toMatchObject({ status: 409 });
    await call("POST", `/api/tokens/${guest.id}/erase`, { confirm: guest.id });
    const after = await everything(database);
    expect(tablesNaming(after)).toEqual([]);
    expect(after["token_networks"]).not.toContain(first.id);
    expect(after["token_networks"]).toContain(second.id);
    if (engine === "sqlite") expect(await rawBytesNaming(server)).toEqual([]);
    // A sealed answer or mail does not show what it holds: none is left but the other customer's, and nobody's.
    const answers = await database.db.selectFrom("idempotency_keys").select(["key", "method"]).orderBy("key").execute();
    expect(answers.filter(({ method }) => method !== "").map((row) => row.key)).toEqual(["bob 1", "nobody's"]);
    expect(await call("POST", "/api/management-tokens", script, nobodys)).toEqual(made);
    // Nor a secret that is kept for a repeated sale, but for the two tokens of the other customer.
    expect(answers.filter(({ method }) => method === "")).toHaveLength(2);
    const sealed = database.db.selectFrom("customer_mails").select("id").where("sealed_secret", "is not", null);
    expect(await sealed.execute()).toEqual([]);

    // What happens afterwards brings nothing of it back.
    server.clock.advanceSeconds(3_600);
    receiver.behave((response) => response.writeHead(204).end());
    await settle();
    await settle();
    expect(tablesNaming(await everything(database))).toEqual([]);
    const waiting = database.db.selectFrom("customer_mails").select("customer").where("state", "=", "pending");
    expect(await waiting.where("customer", "=", id).execute()).toEqual([]);
    expect(server.logLines.join("\n")).not.toMatch(MARKER);
    expect(await verifyAuditChain({ database, cipher })).toMatchObject({ problems: [], unsealed: 0 });
    if (engine === "sqlite") expect(await rawBytesNaming(server)).toEqual([]);
    expect((await server.composer("/p2/acme/core.json", other.token)).status).toBe(200);
  });

  test("ends all access for good; the name it had is free for somebody new, and late repetitions sell nothing", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { server, shop, call } = await open(engine, cleanUp);
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const sale = { description: "Zelda", unique_by: "order", metadata: metadata() };
    const sold = await sellToken(server, shop, sale);
    const theirs = await sellToken(server, foreign, { metadata: metadata() });
    await call("PUT", `${HERE}/grants/default/A-1/1`, { package: "acme/core", occurred_at: NOW - 5 });
    const status = async (secret: string) => (await server.composer("/p2/acme/core.json", secret)).status;
    expect([await status(sold.token), await status(theirs.token)]).toEqual([200, 200]);
    const { customer_id: name } = (await call("POST", `${HERE}/erase`, { confirm: "zelda-1" })) as {
      customer_id: string;
    };
    const erased = `/api/customers/${name}`;
    expect([await status(sold.token), await status(theirs.token)]).toEqual([401, 200]);
    expect(await call("GET", erased)).toMatchObject({
      ...{ email: null, erased_at: NOW, revoked_at: NOW, tokens: { active: 0, expired: 0, revoked: 1 } },
    });
    expect(await call("GET", `/api/tokens/${sold.id}`)).toMatchObject({
      ...{ status: "revoked", description: "Erased", metadata: { order_id: "A-1" } },
    });
    for (const [method, path, body] of [
      ["PATCH", erased, { email: "zelda@example.com" }],
      ["POST", `${erased}/restore`, {}],
      ["POST", `${erased}/transfer`, { email: "zelda@example.com" }],
    ] as const) {
      expect((await server.api(method, path, shop, body)).json(), path).toMatchObject({ status: 409 });
    }
    const underItsName = { description: "Zelda", metadata: metadata({ customer_id: name, order_id: "A-9" }) };
    expect((await server.api("POST", "/api/tokens", shop, underItsName)).status).toBe(400);
    const grant = { package: "acme/core" };
    expect((await server.api("PUT", `${erased}/grants/default/A-9/1`, shop, grant)).status).toBe(400);

    // The same again: nothing more happens. Under the old name there is nobody.
    const records = async () =>
      (await server.core.database.db.selectFrom("audit_events").select("id").execute()).length;
    const before = await records();
    expect(await call("POST", `${erased}/erase`, { confirm: name })).toMatchObject({
      erased_at: NOW,
      tokens_erased: 0,
    });
    expect(await records()).toBe(before);
    expect((await server.api("POST", `${HERE}/erase`, shop, { confirm: "zelda-1" })).status).toBe(404);

    expect((await server.api("POST", "/api/tokens", shop, sale)).json()).toMatchObject({ code: "sale.ended" });
    expect((await server.api("GET", HERE, shop)).status).toBe(404);
    await sellToken(server, shop, { metadata: metadata({ order_id: "A-2" }) });
    const anew = await call("GET", HERE);
    expect(anew).toMatchObject({ email: "Zelda@Example.com", erased_at: null, tokens: { active: 1, revoked: 0 } });
    expect(await call("GET", `${HERE}/history`)).toMatchObject([{ action: "token.created" }]);
  });

  // A sale that is under way is either erased as well, or somebody new buys; nobody keeps what was erased.
  test("while the shop sells to the same customer leaves no token of the erased one with anything personal", async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { server, shop, call } = await open(engine, cleanUp);
    const { db } = server.core.database;
    for (let round = 0; round < 5; round++) {
      await sellToken(server, shop, { metadata: metadata({ order_id: `first ${round}` }) });
      const sell = (order: number) =>
        server.api("POST", "/api/tokens", shop, {
          ...{ description: "Zelda", metadata: metadata({ order_id: `${round}-${order}` }) },
        });
      const answers = await Promise.all([
        ...[1, 2, 3].map(sell),
        call("POST", `${HERE}/erase`, { confirm: "zelda-1" }),
        ...[4, 5, 6].map(sell),
      ]);
      for (const answer of answers)
        if ("text" in answer) expect([201, 409], String(answer.text)).toContain(answer.status);
    }
    const kept = await db
      .selectFrom("tokens")
      .innerJoin("customers", "customers.id", "tokens.customer")
      .select(["tokens.metadata", "tokens.description", "tokens.customer_email", "customers.erased_at"])
      .execute();
    expect(kept.length).toBeGreaterThanOrEqual(5);
    for (const { erased_at, ...token } of kept) {
      if (erased_at !== null) expect(JSON.stringify(token)).not.toMatch(MARKER);
    }
  });
});
