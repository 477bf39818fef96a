import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GitRepository } from "../../../e2e/support/git-repository.ts";
import { startGitHttpServer } from "../../../e2e/support/git-http-server.ts";
import { makeTemporaryDirectory } from "../../../e2e/support/temporary-directory.ts";
import { testEngines } from "../../testing/database.ts";
import type { TestEngine } from "../../testing/database.ts";
import { openMailPlace } from "../../testing/mail-place.ts";
import { sellToken } from "../../testing/sales.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { isSignedBy, startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { commandLine } from "../callers/index.ts";
import { addSource } from "../sources/index.ts";
import { waitAndSync } from "../sync/index.ts";
import { bindStoredSecrets } from "./index.ts";

const PASSWORD = "s3cret-of-the-host";

/** A start of this release over the database of one that bound nothing. */
async function upgrade({ core }: TestServer): Promise<void> {
  const { database } = core;
  await database.db.deleteFrom("secret_bindings").execute();
  await rm(join(core.sync.dataDir, "secrets-are-bound"));
  await bindStoredSecrets({ ...core, dataDir: core.sync.dataDir });
}

/** A webhook, and two receivers of which it is sent to the first. */
async function setUpWebhook(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const [good, evil] = [stack.use(await startWebhookReceiver()), stack.use(await startWebhookReceiver())];
  const server = stack.use(await startTestServer(engine));
  const shop = await server.createManagementToken({ scopes: ["webhooks:read", "webhooks:write"] });
  const call = async (method: string, path: string, body?: object) => {
    const answer = await server.api(method, `/api/webhooks${path}`, shop, body);
    expect(answer.status, answer.text).toBeLessThan(300);
    return answer.json() as { id: string; secret: string; attempts: { error: string | null }[] };
  };
  const { id, secret } = await call("POST", "", { url: good.url, events: ["*"] });
  const { db } = server.core.database;
  return {
    server,
    call,
    good,
    evil,
    id,
    secret,
    db,
    change: (change: object) => db.updateTable("webhooks").set(change).where("id", "=", id).execute(),
    /** Sends one; the error of its attempt. */
    async send() {
      await db.deleteFrom("webhook_deliveries").execute();
      await call("POST", `/${id}/test`);
      await server.application.webhooks.runDue();
      const [delivery] = (await call("GET", `/${id}/deliveries`)) as unknown as {
        attempts: { error: string | null }[];
      }[];
      return delivery?.attempts[0]?.error;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

async function setUpSource(engine: TestEngine) {
  const stack = new AsyncDisposableStack();
  const { path } = stack.use(await makeTemporaryDirectory("bound"));
  const upstream = await GitRepository.create(join(path, "core.git"));
  upstream.commit({ "composer.json": JSON.stringify({ name: "acme/core" }) });
  await upstream.write();
  const good = stack.use(await startGitHttpServer({ root: path, username: "ci", password: PASSWORD }));
  const evil = stack.use(await startGitHttpServer({ root: path, username: "ci", password: PASSWORD }));
  const server = stack.use(await startTestServer(engine));
  const { core } = server;
  const source = await addSource(core, commandLine, {
    url: `${good.url}/core.git`,
    username: "ci",
    password: PASSWORD,
  });
  return {
    server,
    core,
    source,
    good,
    evil,
    change: (change: object) => core.database.db.updateTable("sources").set(change).execute(),
    sync: () => waitAndSync(core.sync, source.id),
    stolen: () => evil.requests.flatMap(({ headers }) => headers.authorization ?? []),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe.each(testEngines)("a row that somebody changed in the database, on %s", (engine) => {
  test("a webhook's events are sent to no other URL, and its log says why", async () => {
    await using bench = await setUpWebhook(engine);
    const { good, evil } = bench;
    expect(await bench.send()).toBeNull();
    await bench.change({ url: evil.url });
    expect(await bench.send()).toContain("was made for another URL");
    await bench.change({ url: good.url });
    expect(await bench.send()).toBeNull();
    expect([good.received.length, evil.received.length]).toEqual([2, 0]);
    // Nor is it signed for another webhook that a row was copied to.
    const row = await bench.db.selectFrom("webhooks").selectAll().executeTakeFirstOrThrow();
    await bench.db
      .insertInto("webhooks")
      .values({ ...row, id: "hook_copy", url: evil.url })
      .execute();
    await bench.call("POST", "/hook_copy/test");
    await bench.server.application.webhooks.runDue();
    expect(evil.received).toEqual([]);
  });

  test("a webhook's URL that is changed over the API takes its secrets along", async () => {
    await using bench = await setUpWebhook(engine);
    const { good, evil: other, id, secret } = bench;
    const rotated = await bench.call("POST", `/${id}/rotate-secret`, { overlap_seconds: 3600 });
    await bench.call("PATCH", `/${id}`, { url: other.url });
    expect(await bench.send()).toBeNull();
    expect(good.received).toEqual([]);
    const [message] = other.received;
    expect(message !== undefined && [isSignedBy(secret, message), isSignedBy(rotated.secret, message)]).toEqual([
      true,
      true,
    ]);
    // Where the row was changed meanwhile, the right URL puts it right, and another one is refused.
    await bench.change({ url: good.url });
    const refused = await bench.server.api(
      "PATCH",
      `/api/webhooks/${id}`,
      await bench.server.createManagementToken({ scopes: ["webhooks:write"] }),
      { url: `${good.url}/2` },
    );
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining("Rotate it first")]);
    await bench.call("PATCH", `/${id}`, { url: other.url });
    expect(await bench.send()).toBeNull();
    expect(good.received).toEqual([]);
  });

  test("a mail with a secret goes to no other address, is failing, and can be sent again by somebody", async () => {
    await using place = await openMailPlace(engine);
    const { db } = place.server.core.database;
    const sale = (order_id: string) => ({
      allowed_package_prefixes: ["acme/"],
      metadata: { customer_id: order_id, customer_email: `buyer-${order_id}@example.com`, order_id },
    });
    const sold = [];
    for (const order of ["1", "2", "3"]) sold.push(await sellToken(place.server, place.shop, sale(order)));
    const [, second, third] = sold;
    // 1: the mail's own row. 2: the order's. 3: a secret that is copied into a mail to somebody else.
    const ofToken = (id: string | undefined) =>
      db
        .selectFrom("customer_mails")
        .selectAll()
        .where("token", "=", id ?? "");
    const copied = await ofToken(third?.id).executeTakeFirstOrThrow();
    await db
      .updateTable("customer_mails")
      .set({ recipient: "evil@example.com" })
      .where("token", "=", sold[0]?.id ?? "")
      .execute();
    const metadata = JSON.stringify({ ...sale("2").metadata, customer_email: "evil@example.com" });
    await db
      .updateTable("tokens")
      .set({ metadata })
      .where("id", "=", second?.id ?? "")
      .execute();
    await db
      .insertInto("customer_mails")
      .values({ ...copied, id: "mail_copy", cause: "copy", recipient: "evil@example.com" })
      .execute();
    await db
      .updateTable("customer_mails")
      .set({ next_attempt_at: null, state: "cancelled" })
      .where("id", "=", copied.id)
      .execute();
    await place.run();
    expect(place.sink.mails).toEqual([]);
    const details = (
      await db
        .selectFrom("customer_mails")
        .select(["detail", "state"])
        .where("state", "=", "failed")
        .orderBy("detail")
        .execute()
    ).map(({ detail }) => detail);
    expect(details).toEqual([
      expect.stringContaining("is not the one it was made for"),
      expect.stringContaining("is not the one it was made for"),
      expect.stringContaining("was changed in the database, so its secret was sent to nobody"),
    ]);
    await db
      .updateTable("tokens")
      .set({ metadata: JSON.stringify(sale("2").metadata) })
      .where("id", "=", second?.id ?? "")
      .execute();
    const failed = await ofToken(second?.id).executeTakeFirstOrThrow();
    await place.call("POST", `/api/mails/${failed.id}/retry`);
    await place.run();
    expect(place.mailed()).toEqual(["buyer-2@example.com Your extension access token (order 2)"]);
    expect(place.sink.mails[0]?.text).toContain(second?.token);
  });
});

describe.each(testEngines)("secrets that a release before bound to nothing, on %s", (engine) => {
  test("are bound by the first start, and the old form is refused from then on", async () => {
    await using bench = await setUpSource(engine);
    const { core, server } = bench;
    const { cipher } = core;
    const old = { sealed_password: cipher.seal(PASSWORD, bench.source.id) };
    await bench.change(old);
    expect((await bench.sync()).detail).toContain("given for another address");
    await upgrade(server);
    expect((await bench.sync()).outcome).toBe("succeeded");
    await bench.change({ url: `${bench.evil.url}/core.git` });
    expect((await bench.sync()).outcome).toBe("failed");
    // Kept from before, put back with another URL: neither now nor after another start.
    await bench.change(old);
    expect((await bench.sync()).outcome).toBe("failed");
    await bindStoredSecrets({ ...core, dataDir: core.sync.dataDir });
    expect((await bench.sync()).outcome).toBe("failed");
    expect(bench.stolen()).toEqual([]);
  });

  test("are bound by no start that the database asks for again", async () => {
    await using bench = await setUpSource(engine);
    const { core, server } = bench;
    await bench.change({
      sealed_password: core.cipher.seal(PASSWORD, bench.source.id),
      url: `${bench.evil.url}/core.git`,
    });
    await core.database.db.deleteFrom("secret_bindings").execute();
    await bindStoredSecrets({ ...core, dataDir: core.sync.dataDir });
    expect(server.logLines.filter((line) => line.includes("secrets of the old form are refused"))).toHaveLength(1);
    expect((await bench.sync()).outcome).toBe("failed");
    expect(bench.stolen()).toEqual([]);
    await access(join(core.sync.dataDir, "secrets-are-bound"));
  });

  test("of webhooks and mails go on being used", async () => {
    await using bench = await setUpWebhook(engine);
    const { cipher } = bench.server.core;
    const sealed = cipher.seal(bench.secret, `webhook ${bench.id}`);
    await bench.change({ sealed_secret: sealed });
    expect(await bench.send()).toContain("another URL");
    await upgrade(bench.server);
    expect(await bench.send()).toBeNull();
    expect(bench.good.received.map((message) => isSignedBy(bench.secret, message))).toEqual([true]);
    await using place = await openMailPlace(engine);
    const { core } = place.server;
    const metadata = { customer_id: 1, customer_email: "buyer@example.com", order_id: "1" };
    const sold = await sellToken(place.server, place.shop, { allowed_package_prefixes: ["acme/"], metadata });
    const { db } = core.database;
    const { id } = await db.selectFrom("customer_mails").select("id").executeTakeFirstOrThrow();
    await db
      .updateTable("customer_mails")
      .set({ sealed_secret: core.cipher.seal(sold.token, `mail ${id}`) })
      .execute();
    await upgrade(place.server);
    await place.run();
    expect(place.sink.mails[0]?.text).toContain(sold.token);
  });
});
