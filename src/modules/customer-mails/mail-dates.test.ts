import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { testEngines } from "../../testing/database.ts";
import { sellToken } from "../../testing/sales.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";

const DAY = 86_400;
const METADATA = { customer_id: 1, customer_email: "jane@example.com", order_id: "1" };

describe.each(testEngines)("dates in mails on %s", (engine) => {
  // F17
  test("an end at 00:00 lets nobody count that day in, in the vendor's time zone, in the subject as well", async () => {
    await using sink = await startSmtpSink();
    await using server = await startTestServer(engine, { SMTP_URL: sink.url, MAIL_FROM: "broker@acme.example" });
    server.application.mails.pause();
    const shop = await server.createManagementToken({ scopes: [...SCOPES], notify: true });
    const zone = (time_zone: unknown) => server.api("PATCH", "/api/settings", shop, { time_zone });
    for (const wrong of ["Mars/Olympus", "+01:00", "", 7]) expect((await zone(wrong)).status).toBe(400);
    const body = (expires_at: number) => ({ allowed_package_prefixes: ["acme/"], metadata: METADATA, expires_at });
    await sellToken(server, shop, body(Date.UTC(2029, 1, 28) / 1000));
    await server.application.mails.runDue();
    expect(sink.mails[0]?.text).toContain("This token works until the end of 27 February 2029 (UTC).");
    expect(sink.mails[0]?.html).toContain("the end of 27 February 2029 (UTC)");
    expect((await zone("Europe/Berlin")).json()).toMatchObject({ time_zone: "Europe/Berlin" });
    const berlin = Date.UTC(2029, 1, 27, 23) / 1000;
    const { id } = await sellToken(server, shop, body(berlin));
    server.clock.setSeconds(berlin - 14 * DAY);
    await server.api("PATCH", `/api/tokens/${id}`, shop, { description: "x" });
    await server.application.mails.runDue();
    const [ready, ...reminders] = sink.mails.slice(1);
    expect(ready?.text).toContain("This token works until the end of 27 February 2029 (Europe/Berlin).");
    expect(reminders.map(({ subject }) => subject)).toContain("Your access ends on 27 February 2029");
    expect((await zone(null)).json()).toMatchObject({ time_zone: null });
  });

  test("a reminder of what has days of grace names the true end, in its subject too", async () => {
    await using sink = await startSmtpSink();
    await using server = await startTestServer(engine, { SMTP_URL: sink.url, MAIL_FROM: "broker@acme.example" });
    server.application.mails.pause();
    const shop = await server.createManagementToken({ scopes: [...SCOPES], notify: true });
    const expires_at = Date.UTC(2028, 1, 10) / 1000;
    await sellToken(server, shop, { allowed_package_prefixes: ["acme/"], metadata: METADATA, expires_at });
    await server.application.mails.runDue();
    await server.core.database.db.updateTable("tokens").set({ grace_days: 7 }).execute();
    server.clock.setSeconds(expires_at - 3 * DAY);
    await server.application.mails.runDue();
    expect(sink.mails[1]?.subject).toBe("Your access ends on 16 February 2028");
    for (const part of [sink.mails[1]?.text, sink.mails[1]?.html]) {
      expect(part).toContain("the end of 9 February 2028 (UTC)");
      expect(part).toContain("the end of 16 February 2028 (UTC)");
    }
  });

  test("templates of before go on with the variables that they use", async () => {
    const directory = await mkdtemp(join(tmpdir(), "templates-"));
    const text = "{{ expires_at.long }} (UTC) {{ expires_at.date }} {{ expires_at.iso }} {{ days_left }}";
    await writeFile(join(directory, "ready.txt"), text);
    await using sink = await startSmtpSink();
    const mail = { SMTP_URL: sink.url, MAIL_FROM: "broker@acme.example", MAIL_TEMPLATES_DIR: directory };
    await using server = await startTestServer(engine, mail);
    server.application.mails.pause();
    const shop = await server.createManagementToken({ scopes: [...SCOPES], notify: true });
    const expires_at = Date.UTC(2027, 0, 25, 8) / 1000;
    await sellToken(server, shop, { allowed_package_prefixes: ["acme/"], metadata: METADATA, expires_at });
    await server.application.mails.runDue();
    expect(sink.mails[0]?.text).toBe("25 January 2027 (UTC) 2027-01-25 2027-01-25T08:00:00Z 10");
    await rm(directory, { recursive: true });
  });
});
