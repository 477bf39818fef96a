import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { newSecret } from "../../platform/crypto/secrets.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";

const PATH = "/api/leaked-credentials";
const URL = "https://git.example.com/somebody/shop/blob/main/auth.json";
const WHSEC = `whsec_${randomBytes(32).toString("base64")}`;

async function setUp(engine: TestEngine, environment: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await makeTemporaryDirectory("leaks"));
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const keysFile = join(path, "keys.json");
  const pem = publicKey.export({ type: "spki", format: "pem" });
  await writeFile(keysFile, JSON.stringify({ public_keys: [{ key_identifier: "k1", key: pem, is_current: true }] }));
  const sink = stack.use(await startSmtpSink({ ignored: /^A new browser/ }));
  const server = stack.use(
    await startTestServer(engine, {
      LEAK_REPORT_SECRETS: WHSEC,
      LEAK_REPORT_KEYS: keysFile,
      LEAK_REPORT_LIMIT: "0",
      SMTP_URL: sink.url,
      MAIL_FROM: "Acme <broker@acme.example>",
      ...environment,
    }),
  );
  server.application.mails.pause();
  const { db } = server.core.database;
  const shop = await server.createManagementToken({ scopes: ["tokens:read", "tokens:write", "customers:write"] });
  const scanner = await server.createManagementToken({
    scopes: ["leaks:write"],
    shop: "scanner",
    prefixes: ["other/"],
  });
  const signed = (body: string, timestamp = Math.floor(server.clock.nowMs() / 1000)) => {
    const key = Buffer.from(WHSEC.slice("whsec_".length), "base64");
    const signature = createHmac("sha256", key).update(`msg_1.${timestamp}.${body}`).digest("base64");
    return { "webhook-id": "msg_1", "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${signature}` };
  };
  return {
    server,
    sink,
    db,
    shop,
    scanner,
    signed,
    signedByKey: (body: string, id = "k1") => ({
      "github-public-key-identifier": id,
      "github-public-key-signature": sign("sha256", Buffer.from(body), privateKey).toString("base64"),
    }),
    report: (tokens: string[], more: object = { url: URL, source: "commit" }) =>
      server.api(
        "POST",
        PATH,
        scanner,
        tokens.map((token) => ({ token, ...more })),
      ),
    post: (body: string, headers: Record<string, string>) => server.api("POST", PATH, undefined, body, headers),
    sell: (order_id: string, more: object = {}) =>
      sellToken(server, shop, {
        allowed_package_prefixes: ["acme/"],
        ...more,
        metadata: { customer_id: order_id, customer_email: `buyer-${order_id}@example.com`, order_id },
      }),
    async mailed() {
      await server.application.mails.runDue();
      return sink.mails.map(({ to, subject }) => `${to.join()} ${subject}`);
    },
    status: async (secret: string) => (await server.composer("/packages.json", secret)).status,
    audited: async () =>
      (await db.selectFrom("audit_events").select("action").where("action", "like", "%leaked").execute()).length,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.each(testEngines)("POST /api/leaked-credentials on %s", (engine) => {
  test("ends a customer token for good, tells its buyer and its shop once, and answers as for any other", async () => {
    await using bench = await setUp(engine);
    const { server, shop } = bench;
    const sold = await bench.sell("1");
    const unknown = await bench.report([newSecret("pbt"), "no token at all", newSecret("pbm")]);
    expect(await bench.audited()).toBe(0);
    const answers = [unknown, await bench.report([sold.token]), await bench.report([sold.token])];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(3).fill([202, '{"accepted":true}']));
    expect(await bench.status(sold.token)).toBe(401);
    const shown = (await server.api("GET", `/api/tokens/${sold.id}`, shop)).json();
    expect(shown).toMatchObject({
      status: "revoked",
      leaks: [{ last_four: sold.token.slice(-4), url: URL, source: "commit", outcome: "revoked" }],
    });
    expect(await bench.audited()).toBe(1);
    const kinds = await bench.db.selectFrom("attention_entries").select(["kind", "details"]).execute();
    expect(kinds.map(({ kind }) => kind)).toEqual(["token.leaked"]);
    // Neither by itself, nor with its order or customer, nor by a renewal.
    for (const path of [
      `/api/tokens/${sold.id}/restore`,
      `/api/tokens/${sold.id}/rotate`,
      `/api/tokens/${sold.id}/renew`,
    ]) {
      const answer = await server.api("POST", path, shop, path.endsWith("renew") ? { months: 12 } : {});
      expect(answer.status, path + answer.text).toBeGreaterThanOrEqual(400);
    }
    for (const path of ["/api/customers/1/revoke", "/api/customers/1/restore"]) {
      expect((await server.api("POST", path, shop, {})).status, path).toBeLessThan(300);
    }
    expect(await bench.status(sold.token)).toBe(401);
    expect(await bench.mailed()).toEqual(["buyer-1@example.com Your access token was found in public"]);
    const [mail] = bench.sink.mails;
    expect(mail?.text).toContain(URL);
    expect(mail?.text).toContain("it was revoked");
    expect(`${mail?.text}${mail?.html}${JSON.stringify(kinds)}${server.logLines.join()}`).not.toContain(sold.token);
    // Where it was found can name somebody, and goes with its buyer.
    await server.api("POST", "/api/customers/1/erase", shop, { confirm: "1" });
    expect(await bench.db.selectFrom("leaked_secrets").select(["url", "source"]).execute()).toEqual([
      { url: null, source: null },
    ]);
  });

  test("ends a secret that was replaced and not the token, also while a revocation could bring it back", async () => {
    await using bench = await setUp(engine);
    const { server, shop } = bench;
    const [sold, other] = [await bench.sell("1"), await bench.sell("2")];
    const rotate = async (id: string) =>
      (await server.api("POST", `/api/tokens/${id}/rotate`, shop, { overlap_seconds: 3600 })).json() as {
        token: string;
      };
    const rotated = await rotate(sold.id);
    await rotate(other.id);
    expect(await bench.status(sold.token)).toBe(200);
    await bench.report([sold.token]);
    expect([await bench.status(sold.token), await bench.status(rotated.token)]).toEqual([401, 200]);
    await server.api("DELETE", `/api/tokens/${other.id}`, shop);
    await bench.report([other.token]);
    expect((await server.api("POST", `/api/tokens/${other.id}/restore`, shop, {})).status).toBe(200);
    expect(await bench.status(other.token)).toBe(401);
    expect((await bench.mailed()).filter((line) => line.includes("found in public"))).toHaveLength(2);
    expect(bench.sink.mails.at(-1)?.text).not.toContain("it was revoked");
  });

  test("revokes a management token, of any shop and by whoever reports it, and mails the owners", async () => {
    await using bench = await setUp(engine);
    const owner = await logIn(bench.server, { role: "owner" });
    await bench.report([bench.shop]);
    expect((await bench.server.api("GET", "/api/tokens", bench.shop)).status).toBe(401);
    const [mail] = await bench.sink.waitForMails(1);
    expect(mail?.subject).toContain("was found in public");
    expect(mail?.text).toContain(URL);
    expect(mail?.text).not.toContain(bench.shop);
    const actions = await bench.db.selectFrom("audit_events").select(["action", "details"]).execute();
    const records = actions.filter(
      ({ action }) => action.startsWith("management_token.") && !action.endsWith("created"),
    );
    expect(records.map(({ action }) => action).sort()).toEqual(["management_token.leaked", "management_token.revoked"]);
    expect(owner).toBeDefined();
    await bench.report([bench.shop]);
    expect(bench.sink.mails).toHaveLength(1);
  });

  test("does with customer tokens what the setting says", async () => {
    for (const [action, status, mails, outcome] of [
      ["revoke", 401, 0, "revoked"],
      ["mail", 200, 1, "told"],
      ["record", 200, 0, "noted"],
    ] as const) {
      await using bench = await setUp(engine, { LEAKED_TOKENS: action });
      const sold = await bench.sell("1", { notify: false });
      await bench.report([sold.token]);
      expect([await bench.status(sold.token), (await bench.mailed()).length], action).toEqual([status, mails]);
      expect(await bench.db.selectFrom("leaked_secrets").select("outcome").execute()).toEqual([{ outcome }]);
      expect(await bench.audited()).toBe(1);
    }
  });

  test("takes a scanner's signature over the exact bytes instead of a credential, and no other", async () => {
    await using bench = await setUp(engine);
    const { signed, signedByKey, post } = bench;
    const [first, second] = [await bench.sell("1"), await bench.sell("2")];
    const body = `[ {"token":"${first.token}","type":"package_broker_token","url":"","source":"content"} ]`;
    const wrong = body.replace("content", "commit_");
    const old = Math.floor(bench.server.clock.nowMs() / 1000) - 301;
    for (const headers of [
      signed(wrong),
      signed(body, old),
      { ...signed(body), "webhook-id": "msg_2" },
      { ...signed(body), "webhook-signature": "v1," },
      signedByKey(wrong),
      signedByKey(body, "k2"),
      { ...signedByKey(body), "github-public-key-signature": "AAAA" },
    ]) {
      expect(await post(body, headers)).toMatchObject({ status: 401 });
    }
    expect(await post("[]", signed("{}"))).toMatchObject({ status: 401 });
    expect(await post(body, {})).toMatchObject({ status: 401 });
    expect(await bench.server.api("POST", PATH, bench.shop, JSON.parse(body))).toMatchObject({ status: 403 });
    expect(await bench.status(first.token)).toBe(200);
    expect(await post(body, signed(body))).toMatchObject({ status: 202 });
    const other = JSON.stringify([{ token: second.token }]);
    expect(await post(other, signedByKey(other))).toMatchObject({ status: 202 });
    expect([await bench.status(first.token), await bench.status(second.token)]).toEqual([401, 401]);
    expect(await post("[1]", signed("[1]"))).toMatchObject({ status: 400 });
  });

  test("is limited by address, signed or not", async () => {
    await using bench = await setUp(engine, { LEAK_REPORT_LIMIT: "2" });
    const statuses = [];
    for (let times = 0; times < 3; times++) statuses.push((await bench.report([newSecret("pbt")])).status);
    expect(statuses).toEqual([202, 202, 429]);
    expect((await bench.post("[]", bench.signed("[]"))).status).toBe(429);
    bench.server.clock.advanceSeconds(60);
    expect((await bench.report([newSecret("pbt")])).status).toBe(202);
  });
});
