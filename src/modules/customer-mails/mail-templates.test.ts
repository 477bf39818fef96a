import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sellToken } from "../../testing/sales.ts";
import { startSmtpSink } from "../../testing/smtp-sink.ts";
import { startTestServer } from "../../testing/test-server.ts";
import type { TestServer } from "../../testing/test-server.ts";
import { SCOPES } from "../callers/index.ts";
import { MailTemplates } from "./index.ts";
import { SAMPLE_VALUES } from "./sample-values.ts";

const SALE = { description: "x", notify: true, metadata: { order_id: 7, customer_email: "jane@example.com" } };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "templates-"));
});
afterEach(() => rm(directory, { recursive: true }));

const write = (name: string, text: string) => writeFile(join(directory, name), text);

interface Setup {
  can_send: boolean;
  from: string | null;
  templates: { kind: string; own: string[]; problems: string[] }[];
  problems: string[];
}

const setUpOf = async (server: TestServer, secret: string) =>
  (await server.api("GET", "/api/mail-templates", secret)).json() as Setup;

describe("the templates of mails to customers", () => {
  test("as shipped render without a problem whatever is known of a token", async () => {
    const warnings: unknown[] = [];
    const logger = { warn: (facts: unknown) => void warnings.push(facts) };
    const templates = new MailTemplates({ defaults: "mail-templates", own: undefined }, logger);
    await templates.load();
    expect(warnings).toEqual([]);
    for (const kind of ["ready", "renewed", "expiring", "revoked"] as const) {
      for (const values of SAMPLE_VALUES[kind]) {
        const { subject, text, html } = templates.render(kind, values);
        expect(subject).toMatch(/^Your .{5,100}$/);
        expect(text).not.toMatch(/\n\n\n|undefined|null|\{\{|\[object| $/m);
        expect(text).toMatch(/^\S.*[^\n]\n$/s);
        expect(html).not.toMatch(/undefined|null|\{\{|\[object|<script|http:\/\/(?!127)/);
        expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
        // One heading of the first order, and a title, for people who listen to it.
        expect(html.match(/<h1/g)).toHaveLength(1);
        expect(html).toMatch(/<title>[^<]+<\/title>/);
      }
    }
  });

  test("of the operator are taken file by file, and changes of them without a restart", async () => {
    await using sink = await startSmtpSink();
    await write("ready.subject.txt", "Order {{ order_id }}:\r\nBcc: eve@example.com\n{{ description }}");
    await write("ready.html", '{% render "_box.html", token: token %}<p>{{ description }}</p>');
    await write("_box.html", "<b>{{ token }}</b>");
    await using server = await startTestServer("sqlite", {
      ...{ SMTP_URL: sink.url, MAIL_FROM: "broker@example.com", MAIL_TEMPLATES_DIR: directory },
    });
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const { token } = await sellToken(server, shop, { ...SALE, description: "<i>1 & 2</i>" });
    await server.application.mails.runDue();
    expect(sink.mails[0]?.subject).toBe("Order 7: Bcc: eve@example.com <i>1 & 2</i>");
    expect(sink.mails[0]?.html).toBe(`<b>${token}</b><p>&lt;i&gt;1 &amp; 2&lt;/i&gt;</p>`);
    expect(sink.mails[0]?.text).toContain("Thank you for your purchase!");
    const [ready, ...others] = (await setUpOf(server, shop)).templates;
    expect(ready).toEqual({ kind: "ready", own: ["subject", "html"], problems: [] });
    expect(others.every(({ own }) => own.length === 0)).toBe(true);
    await write("ready.html", "changed {{ token }}");
    const preview = await server.api("GET", "/api/mail-templates/ready/preview", shop);
    expect(preview.json()).toMatchObject({ html: "changed YOUR_TOKEN_HERE", problems: [] });
  });

  test.each([
    ["names what does not exist", "{{ tokn }}", "undefined variable: tokn"],
    ["is not closed", "{% if token %}", "not closed"],
    ["calls a filter there is none of", "{{ token | shout }}", "undefined filter: shout"],
    ["reads a file", '{% render "../../../../etc/passwd" %}', "Failed to lookup"],
    ["includes a file of the server", '{% include "/etc/passwd" %}', "Failed to lookup"],
    [
      "never ends",
      "{% for a in (1..100000) %}{% for b in (1..100000) %}{{ b }}{% endfor %}{% endfor %}",
      "limit exceeded",
    ],
    ["reaches into the program", "{{ token.constructor.constructor }}", "undefined variable"],
    ["is wrong behind a condition", "{% if expires_at %}{% else %}{{ oops }}{% endif %}", "undefined variable: oops"],
  ])(
    "that %s is told at the start and in the preview, and the default is mailed in its place",
    async (_case, text, problem) => {
      await using sink = await startSmtpSink();
      await write("ready.txt", text);
      await using server = await startTestServer("sqlite", {
        ...{ SMTP_URL: sink.url, MAIL_FROM: "broker@example.com", MAIL_TEMPLATES_DIR: directory },
      });
      expect(server.logLines.filter((line) => line.includes("mail templates have problems"))).toHaveLength(1);
      expect(server.logLines.join("")).toContain(problem);
      const shop = await server.createManagementToken({ scopes: [...SCOPES] });
      const preview = (await server.api("GET", "/api/mail-templates/ready/preview", shop)).json() as {
        problems: string[];
      };
      expect(preview.problems).toEqual([expect.stringContaining(problem)]);
      expect(preview.problems[0]).toMatch(/^ready\.txt: /);
      const { token } = await sellToken(server, shop, SALE);
      await server.application.mails.runDue();
      expect(sink.mails[0]?.text).toContain(token);
      expect(sink.mails[0]?.text).toContain("Thank you for your purchase!");
    },
  );

  test("in a file of another name are told, and a directory that is missing keeps no mail from going out", async () => {
    await write("redy.txt", "a spelling mistake");
    await using server = await startTestServer("sqlite", { MAIL_TEMPLATES_DIR: directory });
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    expect((await setUpOf(server, shop)).problems).toEqual([
      "redy.txt is not the name of a template, so it is not used",
    ]);
    await using missing = await startTestServer("sqlite", { MAIL_TEMPLATES_DIR: join(directory, "nowhere") });
    const owner = await missing.createManagementToken({ scopes: [...SCOPES] });
    expect((await setUpOf(missing, owner)).problems).toEqual([expect.stringContaining("ENOENT")]);
    const answer = await missing.api("POST", "/api/tokens?include=instructions", owner, SALE);
    expect(answer.json()).toMatchObject({ instructions: { text: expect.stringContaining("Thank you") as unknown } });
  });

  test("are shown for a frame by a page that may run, load and ask nothing", async () => {
    await write("ready.html", "<script>alert(1)</script><img src='https://evil.example/pixel'>{{ token }}");
    await using server = await startTestServer("sqlite", { MAIL_TEMPLATES_DIR: directory });
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const page = await server.api("GET", "/api/mail-templates/ready/preview.html", shop);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const policy = page.headers.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toEqual([
      ...["sandbox", "default-src 'none'", "style-src 'unsafe-inline'", "base-uri 'none'", "form-action 'none'"],
      "frame-ancestors 'self'",
    ]);
    expect(page.text).toContain("YOUR_TOKEN_HERE");
    expect((await server.api("GET", "/api/mail-templates/nothing/preview", shop)).json()).toMatchObject({
      status: 400,
    });
  });

  test("are tried by a test mail, whose answer says what the mail server said; ten a minute", async () => {
    const refusals: { code: number; text: string }[] = [];
    await using sink = await startSmtpSink({ refusal: () => refusals[0] });
    await using server = await startTestServer("sqlite", { SMTP_URL: sink.url, MAIL_FROM: "A <broker@example.com>" });
    const shop = await server.createManagementToken({ scopes: [...SCOPES] });
    const send = (to: string) => server.api("POST", "/api/mail-templates/expiring/test", shop, { to });
    expect(await setUpOf(server, shop)).toMatchObject({ can_send: true, from: "A <broker@example.com>" });
    expect((await send("me@example.com")).json()).toEqual({ delivered: true, answer: "The mail server took it." });
    expect(sink.mails[0]).toMatchObject({ to: ["me@example.com"], subject: "Your access ends on 31 December 2027" });
    refusals.push({ code: 550, text: "5.1.1 no such user me@example.com" });
    expect((await send("me@example.com")).json()).toEqual({
      ...{ delivered: false, answer: "The mail server refused the address for good (550 5.1.1)." },
    });
    for (const to of ["me@example.com, eve@example.com", "me", "me@example.com\r\nBcc: eve@example.com"]) {
      expect((await send(to)).json()).toMatchObject({ status: 400, errors: [{ pointer: "/to" }] });
    }
    for (let times = 0; times < 8; times++) await send("me@example.com");
    const tooMany = await send("me@example.com");
    expect(tooMany.json()).toMatchObject({ status: 429, code: "request.too_many" });
    expect(tooMany.headers.get("retry-after")).toBe("6");
    const events = await server.core.database.db
      .selectFrom("audit_events")
      .selectAll()
      .where("action", "=", "mail.tested")
      .execute();
    expect(events).toHaveLength(10);
    expect(JSON.stringify(events)).not.toContain("me@example.com");
    await using silent = await startTestServer("sqlite");
    const owner = await silent.createManagementToken({ scopes: [...SCOPES] });
    const answer = await silent.api("POST", "/api/mail-templates/ready/test", owner, { to: "me@example.com" });
    expect(answer.json()).toMatchObject({ delivered: false, answer: expect.stringContaining("SMTP_URL") as unknown });
  });
});
