import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { logIn } from "../../testing/users.ts";
import { startWebhookReceiver } from "../../testing/webhook-receiver.ts";
import { createWebhookWorker } from "./index.ts";

const SCOPES = ["webhooks:read", "webhooks:write"];
const BODY = { url: "https://hooks.invalid/a", events: ["token.*"] };

async function create(server: TestServer, secret: string, body: object = BODY): Promise<{ id: string }> {
  const answer = await server.api("POST", "/api/webhooks", secret, body);
  expect(answer.status, answer.text).toBe(201);
  return answer.json() as { id: string };
}

describe.each(testEngines)("webhooks over the API on %s", (engine) => {
  test("are shown without the secret that making them answered, and changed field by field", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const made = await create(server, shop, { ...BODY, events: ["token.*", "token.*", "source.failing"] });
    const fields = {
      ...{ id: made.id, url: BODY.url, events: ["token.*", "source.failing"], description: "", enabled: true },
      ...{
        disabled_reason: null,
        shop: "default",
        created_by: expect.stringMatching(/^mgmt_/) as string,
        created_at: 1_800_000_000,
        updated_at: 1_800_000_000,
      },
      previous_secret_expires_at: null,
    };
    expect(made).toEqual({ ...fields, secret: expect.stringMatching(/^whsec_[0-9A-Za-z+/]{43}=$/) as string });
    expect((await server.api("GET", `/api/webhooks/${made.id}`, shop)).json()).toEqual(fields);
    server.clock.advanceSeconds(5);
    const change = { url: "https://hooks.invalid/b", events: ["*"], description: "CRM" };
    expect((await server.api("PATCH", `/api/webhooks/${made.id}`, shop, change)).json()).toEqual({
      ...{ ...fields, ...change, updated_at: 1_800_000_005 },
    });
    expect((await server.api("DELETE", `/api/webhooks/${made.id}`, shop)).json()).toEqual({
      message: "Webhook removed",
    });
    expect((await server.api("GET", `/api/webhooks/${made.id}`, shop)).status).toBe(404);
    const records = await server.core.database.db.selectFrom("audit_events").select("action").execute();
    expect(records.map(({ action }) => action).filter((action) => action.startsWith("webhook"))).toEqual(
      expect.arrayContaining(["webhook.created", "webhook.updated", "webhook.removed"]),
    );
    const row = await server.core.database.db.selectFrom("webhooks").selectAll().executeTakeFirstOrThrow();
    expect(row.sealed_secret).toBe("");
  });

  test.each([
    [{ url: "ftp://hooks.example.com/" }, "/url must begin with https://"],
    [{ url: "not a url" }, "/url is not a URL"],
    [{ url: "https://u:p@hooks.example.com/" }, "/url must not hold a password"],
    [{ url: "https://hooks.example.com/#x" }, "/url must not have a part behind #"],
    [{ url: "https://169.254.169.254/" }, "/url is refused: 169.254.169.254 is a link-local, metadata"],
    [{ events: ["token.*", "tokens.created"] }, "/events/1 must be one of *, token.*"],
    [{ events: [] }, "/events must name at least one"],
  ])("are refused with the reason: %j", async (wrong, reason) => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const answer = await server.api("POST", "/api/webhooks", shop, { ...BODY, ...wrong });
    expect(answer.status).toBe(400);
    expect((answer.json() as { detail: string }).detail).toContain(reason);
    const { id } = await create(server, shop);
    expect((await server.api("PATCH", `/api/webhooks/${id}`, shop, wrong)).status).toBe(400);
  });

  test("lead nowhere private and nowhere unencrypted unless the server was told so", async () => {
    await using server = await startTestServer(engine, { ALLOW_PRIVATE_NETWORKS: "0" });
    const shop = await server.createManagementToken({ scopes: SCOPES });
    for (const url of [
      ...["https://127.0.0.1/", "https://localhost/", "https://0x7f.1/", "https://[::1]/"],
      ...["https://10.1.2.3/", "https://[::ffff:10.0.0.1]/", "http://hooks.example.com/"],
    ]) {
      const answer = await server.api("POST", "/api/webhooks", shop, { ...BODY, url });
      expect(answer.json(), url).toMatchObject({ status: 400, errors: [{ pointer: "/url" }] });
      expect(answer.text, url).toContain("ALLOW_PRIVATE_NETWORKS=1");
    }
  });

  test("go where the list for webhooks says, which says nothing of sources, and the other way round", async () => {
    await using receiver = await startWebhookReceiver();
    const scopes = [...SCOPES, "sources:write"];
    const repository = "http://127.0.0.1:1/acme/core.git";
    const remote = { ...BODY, url: "http://hooks.example.com/" };
    {
      const environment = { ALLOW_PRIVATE_NETWORKS: "0", WEBHOOK_PRIVATE_NETWORKS: "127.0.0.0/8" };
      await using server = await startTestServer(engine, environment);
      const shop = await server.createManagementToken({ scopes });
      const answer = await server.api("POST", "/api/webhooks", shop, { ...BODY, url: receiver.url });
      expect(answer.status).toBe(201);
      const { id } = answer.json() as { id: string };
      await server.api("POST", `/api/webhooks/${id}/test`, shop);
      await server.application.webhooks.runDue();
      expect(receiver.received).toHaveLength(1);
      for (const url of [
        "https://10.0.0.5/",
        "http://10.0.0.5/",
        "http://93.184.216.34/",
        "https://169.254.169.254/",
      ]) {
        expect(await server.api("POST", "/api/webhooks", shop, { ...BODY, url }), url).toMatchObject({ status: 400 });
      }
      const refused = await server.api("POST", "/api/sources", shop, { url: repository });
      expect([refused.status, refused.text]).toEqual([400, expect.stringContaining("SOURCE_PRIVATE_NETWORKS")]);
      const probed = await server.api("POST", "/api/sources/probe", shop, { url: repository });
      expect(probed.json()).toMatchObject({ reachable: false, problem: "address_refused" });
      // A name is judged when it is sent to: over http to an address outside of the list, never.
      const named = (await server.api("POST", "/api/webhooks", shop, remote)).json() as { id: string };
      await server.stop();
      await server.core.database.db.deleteFrom("webhook_deliveries").execute();
      const row = { webhook: named.id, message: "msg_1", state: "pending", attempts: "[]" } as const;
      const free = { response: null, response_withheld: null, claimed_by: null, claimed_until: null };
      const ofNobody = { customer: null, token: null, personal_values: null };
      const { db } = server.core.database;
      const told = { id: "msg_1", type: "webhook.test", data: "{}", occurred_at: 1, created_at: 1, ...ofNobody };
      await db.insertInto("webhook_messages").values(told).execute();
      await db
        .insertInto("webhook_deliveries")
        .values({ id: "del_1", ...row, ...free, next_attempt_at: 1, created_at: 1 })
        .execute();
      const allowPrivateNetworks = server.core.config.networks.webhooks;
      const lookup = () => Promise.resolve([{ address: "93.184.216.34" }]);
      await createWebhookWorker({ ...server.core, version: "0", allowPrivateNetworks, lookup }).runDue();
      const sent = await db.selectFrom("webhook_deliveries").select("attempts").executeTakeFirstOrThrow();
      expect(sent.attempts).toContain("http:// is for your own network");
    }
    // A list of its own is narrower than the switch for both.
    await using server = await startTestServer(engine, { SOURCE_PRIVATE_NETWORKS: "10.0.0.0/8" });
    const shop = await server.createManagementToken({ scopes });
    expect((await server.api("POST", "/api/sources", shop, { url: repository })).status).toBe(400);
    const within = { url: "http://10.0.0.5/acme/core.git" };
    expect((await server.api("POST", "/api/sources", shop, within)).status).toBe(201);
    expect((await server.api("POST", "/api/webhooks", shop, { ...BODY, url: receiver.url })).status).toBe(201);
  });

  test("are those of the caller's shop, and none for a package bound; a user chooses the shop", async () => {
    await using server = await startTestServer(engine);
    const ours = await server.createManagementToken({ scopes: SCOPES });
    const theirs = await server.createManagementToken({ scopes: SCOPES, shop: "other" });
    const bounded = await server.createManagementToken({ scopes: SCOPES, prefixes: ["acme/"] });
    const owner = await logIn(server, { role: "owner" });
    const viewer = await logIn(server, { role: "viewer" });
    const [a, b] = [await create(server, ours), await create(server, theirs)];
    const list = async (secret: string, query = "") =>
      ((await server.api("GET", `/api/webhooks${query}`, secret)).json() as { id: string }[]).map(({ id }) => id);
    expect([await list(ours), await list(theirs), await list(bounded)]).toEqual([[a.id], [b.id], []]);
    expect((await server.api("GET", `/api/webhooks?shop=other`, ours)).status).toBe(404);
    expect((await server.api("POST", "/api/webhooks", bounded, BODY)).json()).toMatchObject({
      ...{ status: 403, code: "auth.outside_bound" },
    });
    for (const [method, path] of [
      ...([
        ["GET", ""],
        ["PATCH", ""],
        ["DELETE", ""],
        ["GET", "/deliveries"],
        ["POST", "/test"],
      ] as const),
      ["POST", "/rotate-secret"] as const,
    ]) {
      for (const caller of [theirs, bounded]) {
        const body = method === "PATCH" ? { enabled: false } : undefined;
        expect((await server.api(method, `/api/webhooks/${a.id}${path}`, caller, body)).status).toBe(404);
      }
      expect((await owner.api(method === "PATCH" ? "GET" : "GET", `/api/webhooks/${a.id}?shop=other`)).status).toBe(
        404,
      );
    }
    expect((await owner.api("POST", "/api/webhooks", BODY)).json()).toMatchObject({ errors: [{ pointer: "?shop" }] });
    expect((await owner.api("POST", "/api/webhooks?shop=other", BODY)).json()).toMatchObject({ shop: "other" });
    expect((await owner.api("GET", "/api/webhooks")).json()).toHaveLength(3);
    expect((await owner.api("GET", "/api/webhooks?shop=other")).json()).toHaveLength(2);
    expect((await viewer.api("GET", "/api/webhooks")).json()).toHaveLength(3);
    expect((await viewer.api("POST", "/api/webhooks?shop=other", BODY)).status).toBe(403);
  });

  test("come in pages, newest first, and so do their deliveries; there are 20 at most", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const ids: string[] = [];
    for (let made = 0; made < 20; made++) {
      ids.unshift((await create(server, shop)).id);
      server.clock.advanceSeconds(1);
    }
    expect((await server.api("POST", "/api/webhooks", shop, BODY)).json()).toMatchObject({ status: 409 });
    const follow = async (first: string) => {
      const seen: string[] = [];
      for (let path: string | undefined = first; path !== undefined;) {
        const page = await server.api("GET", path, shop);
        expect(page.status, page.text).toBe(200);
        seen.push(...(page.json() as { id: string }[]).map(({ id }) => id));
        path = /<[^>]*?(\/api\/[^>]*)>/.exec(page.headers.get("link") ?? "")?.[1];
      }
      return seen;
    };
    expect(await follow("/api/webhooks?limit=7")).toEqual(ids);
    const hook = `/api/webhooks/${ids[0] ?? ""}`;
    const sent: string[] = [];
    for (let test = 0; test < 5; test++) {
      sent.unshift(((await server.api("POST", `${hook}/test`, shop)).json() as { id: string }).id);
      server.clock.advanceSeconds(1);
    }
    expect(await follow(`${hook}/deliveries?limit=2`)).toEqual(sent);
    expect((await server.api("GET", `${hook}/deliveries?state=lost`, shop)).status).toBe(400);
    const other = `/api/webhooks/${ids[1] ?? ""}/deliveries/${sent[0] ?? ""}/replay`;
    expect((await server.api("POST", other, shop)).status).toBe(404);
    await server.api("DELETE", hook, shop);
    expect((await create(server, shop)).id).toMatch(/^hook_/);
  });

  test("take no test and no replay while they are disabled, and no replay of what is pending", async () => {
    await using server = await startTestServer(engine);
    const shop = await server.createManagementToken({ scopes: SCOPES });
    const { id } = await create(server, shop);
    const sent = (await server.api("POST", `/api/webhooks/${id}/test`, shop)).json() as { id: string; state: string };
    expect(sent).toMatchObject({ state: "pending", payload: { type: "webhook.test", data: { webhook_id: id } } });
    const replay = `/api/webhooks/${id}/deliveries/${sent.id}/replay`;
    expect((await server.api("POST", replay, shop)).json()).toMatchObject({ status: 409, code: "resource.conflict" });
    await server.api("PATCH", `/api/webhooks/${id}`, shop, { enabled: false });
    expect((await server.api("POST", `/api/webhooks/${id}/test`, shop)).status).toBe(409);
    expect((await server.api("POST", replay, shop)).status).toBe(409);
    expect((await server.api("GET", `/api/webhooks/${id}/deliveries`, shop)).json()).toMatchObject([
      { id: sent.id, state: "cancelled", next_attempt_at: null },
    ]);
    await server.api("PATCH", `/api/webhooks/${id}`, shop, { enabled: true });
    expect((await server.api("POST", replay, shop)).status).toBe(202);
  });
});
