import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { expect, test } from "vitest";
import { createLogger } from "../log/logger.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { createMail, htmlOf, readMailFrom, readSmtpUrl } from "./index.ts";
import type { Message } from "./index.ts";

const SECRET = "https://packages.example.com/invitation#a-secret-link";
const MESSAGE: Message = {
  to: "jane@example.com",
  subject: "Grüße aus Köln",
  text: `Öffnen Sie ${SECRET}, bitte: ${"sehr ".repeat(40)}lang\n`,
  html: htmlOf(["<b>1 & 2</b>", { href: SECRET }]),
};

function setUp(url: string, wholeTimeoutMs?: number) {
  const lines: string[] = [];
  const logger = createLogger("debug", { write: (line: string) => void lines.push(line) });
  const from = readMailFrom("Acme, Inc. <broker@example.com>");
  const server = readSmtpUrl(url);
  const mail = createMail({ server, from, logger, ...(wholeTimeoutMs === undefined ? {} : { wholeTimeoutMs }) });
  return { mail, lines };
}

test("a mail arrives as it was written, as text and as escaped HTML, with the log-in the server asks for", async () => {
  await using sink = await startSmtpSink({ credentials: { user: "ci@acme", pass: "geheim" } });
  const { mail, lines } = setUp(sink.url);
  mail.send(MESSAGE);
  const [received] = await sink.waitForMails(1);
  expect(received).toMatchObject({ from: "broker@example.com", to: ["jane@example.com"], subject: "Grüße aus Köln" });
  expect(received?.text).toBe(MESSAGE.text.trim());
  expect(received?.html).toContain("<p>&lt;b&gt;1 &amp; 2&lt;/b&gt;</p>");
  expect(received?.html).toContain(`<a href="${SECRET}">${SECRET}</a>`);
  expect(received?.raw).toMatch(/^From: "Acme, Inc\." <broker@example\.com>\r$/m);
  expect(received?.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
  await mail.stop(1_000);
  expect(lines.join("")).not.toMatch(/jane|geheim|secret-link/);
});

test("a line break or a second address in a recipient or subject sends nothing, instead of another header", async () => {
  await using sink = await startSmtpSink();
  const { mail, lines } = setUp(sink.url);
  for (const to of [
    "jane@example.com, eve@example.com",
    "jane@example.com\r\nBcc: eve@example.com",
    "Jane <j@e.com>",
  ]) {
    mail.send({ ...MESSAGE, to });
  }
  mail.send({ ...MESSAGE, subject: "Hello\r\nBcc: eve@example.com" });
  mail.send({ ...MESSAGE, subject: "the last one" });
  await mail.stop(5_000);
  expect(sink.mails.map(({ subject }) => subject)).toEqual(["the last one"]);
  expect(lines.filter((line) => line.includes("a mail could not be sent"))).toHaveLength(4);
});

test.each([
  [
    "is down",
    () => Promise.resolve({ url: "smtp://user:geheim@127.0.0.1:9", [Symbol.asyncDispose]: () => Promise.resolve() }),
  ],
  ["refuses the mail", () => startSmtpSink({ refusal: () => ({ code: 550, text: "refused", at: "mail" }) })],
  [
    "refuses the log-in",
    async () => {
      const sink = await startSmtpSink({ credentials: { user: "user", pass: "right" } });
      return { url: sink.url.replace("right", "geheim"), [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose]() };
    },
  ],
  ["never answers", startSilentServer],
])("a mail server that %s is one error in the log, which holds neither password nor mail", async (_case, start) => {
  await using server = await start();
  const { mail, lines } = setUp(server.url, 500);
  const before = performance.now();
  mail.send(MESSAGE);
  await mail.stop(20_000);
  expect(performance.now() - before).toBeLessThan(8_000);
  expect(lines.filter((line) => line.includes('"level":"error"'))).toHaveLength(1);
  expect(lines.join("")).toMatch(/"code":"E[A-Z]+"|"reason":"AbortError"/);
  expect(lines.join("")).not.toMatch(/jane|geheim|secret-link/);
});

test("what is under way at a stop is waited for, and cut off after its grace", async () => {
  await using silent = await startSilentServer();
  const { mail, lines } = setUp(silent.url);
  mail.send(MESSAGE);
  await mail.stop(100);
  expect(lines.filter((line) => line.includes("a mail could not be sent"))).toHaveLength(1);
});

// Requests for accounts that do not exist wait up to a second each, and anybody may make them.
test("a flood of mails that strangers ask for keeps no other mail from going out", async () => {
  await using sink = await startSmtpSink();
  const { mail, lines } = setUp(sink.url);
  const answered = Promise.withResolvers<undefined>();
  for (let count = 0; count < 100; count++) mail.sendLater(() => answered.promise);
  mail.send(MESSAGE);
  answered.resolve(undefined);
  await mail.stop(5_000);
  expect(sink.mails).toHaveLength(1);
  expect(lines.join("")).not.toContain("could not be sent");

  await using silent = await startSilentServer();
  const stuck = setUp(silent.url);
  for (let count = 0; count < 300; count++) stuck.mail.sendLater(() => Promise.resolve(MESSAGE));
  await new Promise((resolve) => setImmediate(resolve));
  using slot = stuck.mail.reserve();
  expect(slot).toBeDefined();
  await stuck.mail.stop(100);
});

test("whoever reserved room for a mail is told the truth about whether it goes out, and gives back what is not used", async () => {
  await using silent = await startSilentServer();
  const { mail } = setUp(silent.url);
  for (let count = 0; count < 150; count++) mail.reserve()?.[Symbol.dispose]();
  const slots = Array.from({ length: 101 }, () => mail.reserve());
  expect(slots.map((slot) => slot !== undefined)).toEqual([...Array<boolean>(100).fill(true), false]);
  slots[0]?.send(MESSAGE);
  for (const slot of slots) slot?.[Symbol.dispose]();
  expect(Array.from({ length: 101 }, () => mail.reserve()).filter((slot) => slot !== undefined)).toHaveLength(99);
  await mail.stop(100);
  expect(mail.reserve()).toBeUndefined();
});

test("SMTP_URL is a scheme, a host and credentials; anything else is refused", () => {
  expect(readSmtpUrl("smtp://mail.example.com")).toMatchObject({ host: "mail.example.com", port: 587, secure: false });
  expect(readSmtpUrl("smtps://a%40b:p%3Aw@[::1]")).toEqual({
    ...{ host: "::1", port: 465, secure: true, credentials: { user: "a@b", pass: "p:w" } },
  });
  for (const url of [
    "http://mail",
    "smtp://",
    "smtp://host/path",
    "smtp://host?x=1",
    "smtp://user@host",
    "smtp://a:%zz@h",
  ]) {
    expect(readSmtpUrl(url), url).toBeUndefined();
  }
  expect(readMailFrom("broker@example.com")).toEqual({ name: "", address: "broker@example.com" });
  for (const from of ["nobody", "a@b, c@d", "A <a@b>, B <c@d>", "A\r\nBcc: <a@b>"]) {
    expect(readMailFrom(from), from).toBeUndefined();
  }
});

/** Takes connections and says nothing, ever. */
async function startSilentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `smtp://user:geheim@127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
