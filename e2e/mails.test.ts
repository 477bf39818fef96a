import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startSmtpSink } from "../src/testing/smtp-sink.ts";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { runToolOrFail } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import { eventually, setUpVendor } from "./support/vendor-shop.ts";

const FROM = { MAIL_FROM: "Acme Extensions <broker@acme.example>" };

async function shopOf(broker: BrokerProcess): Promise<string> {
  const scopes = "tokens:read,tokens:write,customers:read,settings:write";
  return await broker.cliOrFail(["management-token", "create", "--name", "shop", "--scopes", scopes]);
}

async function sell(broker: BrokerProcess, secret: string, order: string): Promise<{ id: string; token: string }> {
  const metadata = { customer_id: order, customer_email: `${order}@example.com`, order_id: order };
  const answer = await broker.api("POST", "/api/tokens", secret, { description: "sale", notify: true, metadata });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; token: string };
}

// The shop has its 201 and mails nobody: this mail is all the customer gets.
test("a mail is not lost when the server is killed between the sale and the mail, and is sent once", async () => {
  let sink = await startSmtpSink();
  const port = Number(new URL(sink.url).port);
  await using broker = await startBroker({ SMTP_URL: sink.url, ...FROM });
  const shop = await shopOf(broker);
  await sink[Symbol.asyncDispose]();
  const sold = await Promise.all(Array.from({ length: 10 }, (_, index) => sell(broker, shop, `order-${index}`)));
  await broker.stop("SIGKILL");
  sink = await startSmtpSink({ port });
  await broker.start();
  // What was tried while the mail server was away is tried again after a minute.
  const retryAll = async () => {
    const { status, body } = await broker.api("GET", "/api/mails?state=pending", shop);
    expect(status, JSON.stringify(body)).toBe(200);
    for (const { id } of body as { id: string }[]) await broker.api("POST", `/api/mails/${id}/retry`, shop);
    return sink.mails.length >= 10;
  };
  await eventually(retryAll, 20_000);
  const countSent = async () => ((await broker.api("GET", "/api/mails?state=sent", shop)).body as unknown[]).length;
  await eventually(async () => (await countSent()) === 10, 5_000);
  const told = sink.mails.map(({ to, text }) => `${to.join()} ${/token (pbt_\w+)/.exec(text)?.[1] ?? ""}`);
  expect(told.sort()).toEqual(sold.map(({ token }, index) => `order-${index}@example.com ${token}`).sort());
  expect(broker.log()).not.toMatch(/pbt_|@example\.com/);
  await sink[Symbol.asyncDispose]();
});

test("the lines of the mail, as they are, install what was bought", async () => {
  await using sink = await startSmtpSink();
  await using setUp = await setUpVendor({ SMTP_URL: sink.url, ...FROM });
  const { broker, managementToken } = setUp;
  await sell(broker, managementToken, "order-1");
  const [mail] = await sink.waitForMails(1);
  const lines = [...(mail?.text ?? "").matchAll(/^ {4}composer (config .*)$/gm)].map(([, line = ""]) =>
    line.split(" "),
  );
  expect(lines).toHaveLength(3);
  await using project = await createComposerProject({ repositoryUrl: broker.url });
  for (const line of lines) expect((await project.run(line)).exitCode).toBe(0);
  expect((await project.run(["require", "acme/core"])).exitCode).toBe(0);
});

async function makeCertificate(directory: string, name: string): Promise<{ file: string; key: string; cert: string }> {
  const file = path.join(directory, `${name}.pem`);
  const keyFile = path.join(directory, `${name}.key`);
  await runToolOrFail("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", keyFile, "-out", file],
  ]);
  return { file, key: await readFile(keyFile, "utf8"), cert: await readFile(file, "utf8") };
}

test.each([
  ["STARTTLS", false],
  ["smtps", true],
])(
  "a mail server with %s gets mail only with a certificate that is trusted, and says in words why not",
  async (_name, implicit) => {
    await using directory = await makeTemporaryDirectory("smtp");
    const { file, key, cert } = await makeCertificate(directory.path, "mail");
    await using sink = await startSmtpSink({
      ...{ credentials: { user: "broker", pass: "geheim" }, tls: { key, cert, implicit } },
    });
    const tryMail = async (environment: Record<string, string>) => {
      await using broker = await startBroker({ SMTP_URL: sink.url, ...FROM, ...environment });
      const { body } = await broker.api("POST", "/api/mail-templates/ready/test", await shopOf(broker), {
        to: "jane@example.com",
      });
      return body;
    };
    expect(await tryMail({})).toEqual({
      delivered: false,
      answer: "The mail server's certificate is not signed by an authority known here; name it in NODE_EXTRA_CA_CERTS.",
    });
    expect(sink.mails).toEqual([]);
    expect(await tryMail({ NODE_EXTRA_CA_CERTS: file })).toEqual({
      delivered: true,
      answer: "The mail server took it.",
    });
    expect(sink.mails).toHaveLength(1);
  },
);
