import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { createTestUser, deviceOf, logIn } from "../../testing/users.ts";

const MAIL = { MAIL_FROM: "Acme <broker@acme.example>", TRUSTED_PROXIES: "127.0.0.1" };
const PATH = "/api/management-tokens";
const OFFICE = { "x-forwarded-for": "203.0.113.7" };

interface Made {
  id: string;
  token: string;
}

describe.each(testEngines)("mails about credentials on %s", (engine) => {
  test("tell every owner, and nobody else, of a new management token, of more networks and of a new secret", async () => {
    await using sink = await startSmtpSink();
    await using server = await startTestServer(engine, { ...MAIL, SMTP_URL: sink.url });
    const owners = [await createTestUser(server), await createTestUser(server)];
    const addresses = owners.map(({ email }) => email).sort();
    const user = await createTestUser(server, { role: "admin", name: "Mallory", email: "mallory@example.com" });
    const admin = await logIn(server, user);
    await sink.waitForMails(1);
    const body = {
      name: "web shop",
      scopes: ["tokens:write"],
      package_bound: ["acme/"],
      allowed_networks: ["203.0.113.0/24"],
    };
    const key = { ...OFFICE, "idempotency-key": "one" };
    const made = (await admin.api("POST", PATH, body, key)).json() as Made;
    // Asked for again, it is the same token, and nobody is told twice.
    expect((await admin.api("POST", PATH, body, key)).json()).toMatchObject({ id: made.id });
    const [, ...created] = await sink.waitForMails(3);
    expect(created.map(({ to }) => to[0]).sort()).toEqual(addresses);
    for (const { subject, text } of created) {
      expect(subject).toBe("A new management token at PACKAGE.broker");
      for (const fact of [
        "web shop",
        "tokens:write",
        "acme/",
        "203.0.113.0/24",
        "Mallory",
        "203.0.113.7",
        "2027-01-15",
      ]) {
        expect(text).toContain(fact);
      }
      expect(text).toContain("/settings/api-tokens");
    }
    const patch = (sent: object) => admin.api("PATCH", `${PATH}/${made.id}`, sent, OFFICE);
    // Fewer networks, another name: nothing that anybody gains by.
    await patch({ allowed_networks: ["203.0.113.0/25"], name: "shop" });
    await patch({ allowed_networks: ["203.0.113.0/25", "198.51.100.9"] });
    const widened = (await sink.waitForMails(5)).slice(3);
    expect(widened.map(({ subject }) => subject)).toEqual(
      Array<string>(2).fill("A management token works from more networks at PACKAGE.broker"),
    );
    const rotated = (await admin.api("POST", `${PATH}/${made.id}/rotate`, {}, OFFICE)).json() as Made;
    const mails = (await sink.waitForMails(7)).slice(5);
    expect(mails.map(({ to }) => to[0]).sort()).toEqual(addresses);
    expect(mails[0]?.subject).toBe("A management token has a new secret at PACKAGE.broker");
    expect(sink.mails).toHaveLength(7);
    for (const { raw } of sink.mails) {
      for (const secret of [made.token, rotated.token, user.password]) expect(raw).not.toContain(secret);
    }
  });

  test("tell nobody of what the first owner makes while setting the server up", async () => {
    await using sink = await startSmtpSink();
    await using server = await startTestServer(engine, { ...MAIL, SMTP_URL: sink.url });
    const user = await createTestUser(server);
    const owner = await logIn(server, user);
    await sink.waitForMails(1);
    const body = { name: "first", scopes: ["tokens:write"] };
    expect((await owner.api("POST", PATH, body)).status).toBe(201);
    expect((await owner.api("POST", PATH, { ...body, name: "second" })).status).toBe(201);
    const [, mail] = await sink.waitForMails(2);
    expect(mail?.text).toContain("second");
    expect(sink.mails).toHaveLength(2);
  });

  test("tell a user of a log-in from a browser that is not known, and of no other", async () => {
    await using sink = await startSmtpSink();
    await using server = await startTestServer(engine, { ...MAIL, SMTP_URL: sink.url });
    const { email, password } = await createTestUser(server, { email: "jane@example.com" });
    const enter = (headers: Record<string, string>) =>
      server.api("POST", "/api/session", undefined, { email, password }, { ...OFFICE, ...headers });
    const agent = { "user-agent": "Firefox/150 <a href=https://evil.example/>click</a>\u00e9" };
    const first = await enter(agent);
    expect(first.status).toBe(200);
    const [mail] = await sink.waitForMails(1);
    expect(mail?.to).toEqual([email]);
    expect(mail?.subject).toBe("A new browser logged in to PACKAGE.broker");
    for (const fact of ["2027-01-15 08:00 UTC", "203.0.113.7", "Firefox/150", "/settings/account"]) {
      expect(mail?.text).toContain(fact);
    }
    // Whoever logs in writes that name, and the mail is ours.
    expect(mail?.text).not.toContain("https://evil.example");
    expect(mail?.html).not.toContain("<a href=https://evil");
    const known = { ...agent, cookie: deviceOf(first) };
    expect((await enter(known)).status).toBe(200);
    expect((await server.api("POST", "/api/session", undefined, { email, password: "wrong" }, OFFICE)).status).toBe(
      401,
    );
    expect((await enter({})).status).toBe(200);
    expect(await sink.waitForMails(2)).toHaveLength(2);
  });
});

test("where no mail is sent nothing is prepared, and nothing fails", async () => {
  await using server = await startTestServer("sqlite");
  const owner = await logIn(server, { role: "owner" });
  expect((await owner.api("POST", PATH, { name: "shop", scopes: ["tokens:write"] })).status).toBe(201);
});
