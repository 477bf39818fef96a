import { generate } from "otplib";
import { describe, expect, test } from "vitest";
import { addTestPasskey } from "../../testing/authenticator.ts";
import { testEngines } from "../../testing/database.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import { TEST_PASSWORD, logIn } from "../../testing/users.ts";

const current = { current_password: TEST_PASSWORD };

describe.each(testEngines)("a change of a second factor on %s", (engine) => {
  // Whoever sits at a stolen session adds a factor of their own, or takes the owner's away.
  test("is mailed to whose account it is, with no secret in it", async () => {
    await using sink = await startSmtpSink({ ignored: /^A new browser/ });
    const MAIL = { SMTP_URL: sink.url, MAIL_FROM: "broker@example.com", PUBLIC_URL: "http://localhost:8080" };
    await using server = await startTestServer(engine, MAIL);
    const session = await logIn(server, { role: "support" });
    const { secret } = (await session.api("POST", "/api/account/totp", current)).json() as { secret: string };
    const code = await generate({ secret, epoch: Math.floor(server.clock.nowMs() / 1000) });
    const confirmed = await session.api("POST", "/api/account/totp/confirm", { code });
    expect(confirmed.status).toBe(200);
    const { recovery_codes: codes } = confirmed.json() as { recovery_codes: string[] };
    expect((await session.api("POST", "/api/account/recovery-codes", current)).status).toBe(200);
    const { answer } = await addTestPasskey(server, session);
    const { passkey } = answer.json() as { passkey: { id: string } };
    expect((await session.api("DELETE", `/api/account/passkeys/${passkey.id}`)).status).toBe(200);
    expect((await session.api("POST", "/api/account/totp/disable", current)).status).toBe(200);
    const mails = await sink.waitForMails(5);
    expect(mails.map(({ text }) => /^(An|The|A|New) .* your account/m.exec(text)?.[0])).toEqual([
      "An authenticator app was added to your account",
      "New recovery codes were made for your account",
      "A passkey was added to your account",
      "A passkey was removed from your account",
      "The authenticator app was removed from your account",
    ]);
    for (const { raw } of mails) for (const text of [secret, ...codes]) expect(raw).not.toContain(text);
  });

  test("that somebody else made is mailed once, to whom it was done", async () => {
    await using sink = await startSmtpSink({ ignored: /^A new browser/ });
    const MAIL = { SMTP_URL: sink.url, MAIL_FROM: "broker@example.com", PUBLIC_URL: "http://localhost:8080" };
    await using server = await startTestServer(engine, MAIL);
    const user = await logIn(server, { role: "support" });
    await addTestPasskey(server, user);
    const { id } = ((await user.api("GET", "/api/session")).json() as { user: { id: string } }).user;
    const owner = await logIn(server, { role: "owner" });
    for (let time = 0; time < 2; time++) {
      expect((await owner.api("DELETE", `/api/users/${id}/totp`)).status).toBe(200);
    }
    const [, mail] = await sink.waitForMails(2);
    expect(mail?.text).toContain("Somebody who manages users removed the authenticator app and the passkeys");
    expect(sink.mails).toHaveLength(2);
  });
});
