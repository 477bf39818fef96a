import { describe, expect, test } from "vitest";
import { SCOPES } from "../callers/index.ts";
import { testEngines } from "../../testing/database.ts";
import { hostPackage } from "../../testing/packages.ts";
import { sellToken } from "../../testing/sales.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";

const ALL = { scopes: [...SCOPES] };

async function open(engine: (typeof testEngines)[number], environment: Record<string, string> = {}) {
  const server = await startTestServer(engine, environment);
  await hostPackage(server.core.database, "acme/core", ["1.0.0"]);
  const shop = await server.createManagementToken(ALL);
  const call = async (method: string, path: string, body?: unknown, status?: number) => {
    const answer = await server.api(method, path, shop, body);
    if (status === undefined) expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
    else expect(answer.status, `${path} ${answer.text}`).toBe(status);
    return answer.json();
  };
  const guest = async (email: string | null = "guest@example.com") =>
    ((await call("POST", "/api/guests", { email })) as { customer_id: string }).customer_id;
  const reader = async (customer_id: string) =>
    await sellToken(server, shop, { access: "customer", metadata: { customer_id } });
  const opens = async (secret: string) => {
    const { status, text } = await server.composer("/p2/acme/core.json", secret);
    return status === 200 && text.includes('"1.0.0"');
  };
  return { server, shop, call, guest, reader, opens };
}

describe.each(testEngines)("guests on %s", (engine) => {
  test("buy order lines under an id of ours, each their own, whatever their address", async () => {
    const { server: opened, shop, call, guest, reader, opens } = await open(engine);
    await using server = opened;
    const [one, other] = [await guest(), await guest()];
    expect(one).toMatch(/^guest_[0-9A-Za-z]{20}$/);
    expect(other).not.toBe(one);
    await call("PUT", `/api/customers/${one}/grants/default/o1/1`, { package: "acme/core" });
    expect(await opens((await reader(one)).token)).toBe(true);
    expect(await opens((await reader(other)).token)).toBe(false);
    await call("DELETE", `/api/customers/${one}/grants/default/o1`);
    const key = { "idempotency-key": "order-7" };
    const again = async () => (await server.api("POST", "/api/guests", shop, { email: "a@example.com" }, key)).json();
    expect(await again()).toEqual(await again());
  });

  // An address is no identity: whoever has the guest's mail joins, and whoever types it does not.
  test("join an account by the code that was mailed to them, and by no other", async () => {
    await using sink = await startSmtpSink();
    const environment = { SMTP_URL: sink.url, MAIL_FROM: "broker@acme.example" };
    const { server: opened, shop, call, guest, reader, opens } = await open(engine, environment);
    await using server = opened;
    const id = await guest();
    await call("PUT", `/api/customers/${id}/grants/default/o1/1`, { package: "acme/core" });
    const account = await reader("43");
    await sellToken(server, shop, { metadata: { customer_id: "43", customer_email: "guest@example.com" } });
    expect(await opens(account.token)).toBe(false);
    expect(await call("POST", `/api/customers/${id}/join-code`, {})).toMatchObject({ mailed: true });
    await sink.waitForMails(1);
    const code = /\b[2-9A-Z]{8}\b/.exec(sink.mails[0]?.text ?? "")?.[0] ?? "";
    expect(sink.mails[0]).toMatchObject({ to: ["guest@example.com"] });
    const join = (given: string, status?: number) =>
      call("POST", `/api/customers/${id}/join`, { customer_id: "43", code: given }, status);
    await join("AAAAAAAA", 400);
    expect(await opens(account.token)).toBe(false);
    await call("POST", `/api/customers/${id}/join-code`, {}, 409);
    expect(await join(code.toLowerCase())).toMatchObject({ customer_id: "43", merged_customer_id: id });
    expect(await opens(account.token)).toBe(true);
    await join(code, 409);
    const stored = [server.logLines, await server.core.database.db.selectFrom("join_codes").selectAll().execute()];
    expect(JSON.stringify(stored)).not.toContain(code);
    expect(await call("GET", `/api/customers/${id}`)).toMatchObject({ customer_id: "43" });
  });

  test("have five tries and an hour", async () => {
    await using sink = await startSmtpSink();
    const environment = { SMTP_URL: sink.url, MAIL_FROM: "broker@acme.example" };
    const { server: opened, call, guest, reader } = await open(engine, environment);
    await using server = opened;
    const id = await guest();
    await reader("43");
    const send = async (count: number) => {
      await call("POST", `/api/customers/${id}/join-code`, {});
      await sink.waitForMails(count);
      return /\b[2-9A-Z]{8}\b/.exec(sink.mails[count - 1]?.text ?? "")?.[0] ?? "";
    };
    const join = (code: string, status?: number) =>
      call("POST", `/api/customers/${id}/join`, { customer_id: "43", code }, status);
    const first = await send(1);
    for (let time = 0; time < 5; time++) await join("AAAAAAAA", 400);
    await join(first, 400);
    server.clock.advanceSeconds(60);
    const second = await send(2);
    server.clock.advanceSeconds(3_600);
    await join(second, 400);
    const third = await send(3);
    await join(third);
  });

  test("join by the shop's word; nobody else's guest, and no account", async () => {
    const { server: opened, call, guest, reader, opens } = await open(engine);
    await using server = opened;
    const foreign = await server.createManagementToken({ ...ALL, shop: "foreign" });
    const bounded = await server.createManagementToken({ ...ALL, prefixes: ["globex/"] });
    const id = await guest(null);
    await call("PUT", `/api/customers/${id}/grants/default/o1/1`, { package: "acme/core" });
    const account = await reader("43");
    for (const caller of [foreign, bounded]) {
      for (const [path, body] of [
        ["join", { customer_id: "43" }],
        ["join-code", {}],
      ] as const) {
        const refused = await server.api("POST", `/api/customers/${id}/${path}`, caller, body);
        expect(refused.status, refused.text).toBe(404);
      }
    }
    await call("POST", `/api/customers/${id}/join-code`, {}, 409);
    await call("POST", "/api/customers/43/join", { customer_id: id }, 409);
    await call("POST", `/api/customers/${id}/join`, { customer_id: "43" });
    expect(await opens(account.token)).toBe(true);
  });
});
