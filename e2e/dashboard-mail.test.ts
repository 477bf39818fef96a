import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { startSmtpSink } from "../src/testing/smtp-sink.ts";
import type { SmtpSink } from "../src/testing/smtp-sink.ts";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { VIEWS, axeViolations, openBrowser, overflowsSideways } from "./support/browser.ts";
import { buildDashboard, callAs, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";
import { eventually } from "./support/vendor-shop.ts";

/** What somebody might bring into a template, from a mail program or a foe. */
const HOSTILE = `{{ token }}<script>parent.__xss = 1; alert(1)</script><img src=x onerror="parent.__xss=2">
<img src="https://evil.example/pixel.png"><link rel="stylesheet" href="https://evil.example/a.css">
<style>body { background: url(https://evil.example/b.png) }</style><iframe src="https://evil.example/"></iframe>
<form action="https://evil.example/"><button>Renew</button></form><base href="https://evil.example/">
<a href="https://evil.example/" target="_top">Renew</a><meta http-equiv="refresh" content="0;url=https://evil.example/">`;
const NAME = `"'><img src=x onerror=window.__xss=3>`;

let browser: Browser;
let sink: SmtpSink;
let broker: BrokerProcess;
let directory: TemporaryDirectory;
let owner: string;
let tokenId: string;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("templates");
  await writeFile(path.join(directory.path, "renewed.html"), HOSTILE);
  await writeFile(path.join(directory.path, "revoked.txt"), "{{ oops }}");
  sink = await startSmtpSink({
    ignored: /^A new browser/,
    refusal: (to) => (to.startsWith("typo") ? { code: 550, text: "5.1.1 no such user" } : undefined),
  });
  // A server shows what is built when it starts.
  await buildDashboard();
  [browser, broker] = await Promise.all([
    openBrowser(),
    startBroker({ SMTP_URL: sink.url, MAIL_FROM: "broker@acme.example", MAIL_TEMPLATES_DIR: directory.path }),
  ]);
  owner = await makeUser(broker, "owner");
  await makeUser(broker, "viewer");
  const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, owner);
  await callAs(context, "PATCH", "/api/settings", { vendor_name: NAME, setup_finished_at: 1_750_000_000 });
  for (const address of ["jane@example.com", "typo@example.com"]) {
    const metadata = { customer_id: address, customer_email: address, order_id: NAME };
    const sold = await callAs(context, "POST", "/api/tokens", { description: NAME, notify: true, metadata });
    tokenId = (sold.body as { id: string }).id;
  }
  const isDone = async () =>
    ((await callAs(context, "GET", "/api/mails?state=failed")).body as unknown[]).length === 1 &&
    sink.mails.length === 1;
  await eventually(isDone, 15_000);
  await context.close();
}, 180_000);

afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
  await sink[Symbol.asyncDispose]();
  await directory.remove();
});

test("the mail page, and the mails of a token and a customer, are right in light and dark, on a desk and on a phone", async () => {
  for (const view of VIEWS) {
    const context = await openLoggedIn(browser, view, broker, owner);
    const { page, problems, settled } = await openPage(context);
    for (const [address, sees] of [
      ["/settings/mail", "Sent and waiting"],
      [`/tokens/${tokenId}`, "Mails"],
      ["/customers/default/typo%40example.com", "Mails"],
    ] as const) {
      await page.goto(address);
      await settled();
      await page.getByRole("heading", { name: sees, exact: true }).waitFor();
      await page.getByText("The mail server refused the address for good (550 5.1.1).").first().waitFor();
      const faults = [...(await axeViolations(page)), ...((await overflowsSideways(page)) ? ["overflows"] : [])];
      expect([...faults, ...problems.splice(0)], `${address} ${view.theme} ${view.width}`).toEqual([]);
      expect(await page.locator("h1").count()).toBe(1);
      expect(await page.evaluate("window.__xss")).toBeUndefined();
    }
    await context.close();
  }
}, 180_000);

// A template is written by whoever may write to a directory of the server, which is not the session of an owner.
test("a hostile template is shown, and neither runs, loads nor leads anywhere", async () => {
  const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, owner);
  const { page, settled } = await openPage(context);
  const asked: string[] = [];
  // What a policy forbids is never sent, and does not come by here.
  await context.route(/evil\.example/, async (route) => {
    asked.push(route.request().url());
    await route.abort();
  });
  page.on("dialog", (dialog) => asked.push(`dialog ${dialog.message()}`));
  await page.goto("/settings/mail");
  await settled();
  await page.getByLabel("Kind of mail").selectOption("Renewed");
  const frame = page.frameLocator("iframe");
  await frame.getByRole("link", { name: "Renew" }).waitFor();
  await frame.getByRole("link", { name: "Renew" }).click({ force: true });
  await frame.getByRole("button", { name: "Renew" }).click({ force: true });
  await settled();
  expect(new URL(page.url()).pathname).toBe("/settings/mail");
  expect(await page.evaluate("window.__xss")).toBeUndefined();
  expect(asked).toEqual([]);
  // Opened by itself, it is of no origin either: no cookie, no storage, no script.
  const alone = await context.newPage();
  await alone.goto("/api/mail-templates/ready/preview.html");
  expect(await alone.locator("h1").innerText()).toBe("Thank you for your purchase!");
  expect(await alone.locator("h1").evaluate("getComputedStyle(document.querySelector('h1')).fontSize")).toBe("24px");
  await context.close();
});

test("a broken template is told where one looks, a test mail says what the mail server said, and what failed is sent again", async () => {
  const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, owner);
  const { page, settled } = await openPage(context);
  await page.goto("/settings/mail");
  await settled();
  await page.getByLabel("Kind of mail").selectOption("Revoked");
  await page.getByText("revoked.txt: undefined variable: oops").waitFor();
  await page.getByRole("button", { name: "Send a test" }).click();
  await page.getByLabel("To", { exact: true }).fill("typo@example.com");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("alert").getByText("refused the address for good").waitFor();
  await page.getByLabel("To", { exact: true }).fill("me@example.com");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByText("The mail server took the mail to me@example.com.").waitFor();
  const metadata = { customer_id: "typo@example.com", customer_email: "right@example.com" };
  expect((await callAs(context, "PATCH", `/api/tokens/${tokenId}`, { metadata })).status).toBe(200);
  await page.getByRole("button", { name: "Send again" }).click();
  await page.getByText("It goes out to right@example.com now.").waitFor();
  await eventually(() => Promise.resolve(sink.mails.some(({ to }) => to.includes("right@example.com"))), 10_000);
  await page.getByLabel(/^Remind this many days/).fill("30, 7");
  const reminders = page.locator("form").filter({ hasText: "Remind this many days" });
  await reminders.getByRole("button", { name: "Save changes" }).click();
  await eventually(async () => {
    const { body } = await callAs(context, "GET", "/api/settings");
    return JSON.stringify((body as { reminder_days: unknown }).reminder_days) === "[30,7]";
  }, 5_000);
  await context.close();
});

test("a viewer reads of a token what was mailed, sends nothing again, and has no mail settings", async () => {
  const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, "viewer@example.com");
  const { page, settled } = await openPage(context);
  await page.goto(`/tokens/${tokenId}`);
  await settled();
  await page.getByRole("heading", { name: "Mails", exact: true }).waitFor();
  expect(await page.getByRole("button", { name: "Send again" }).count()).toBe(0);
  await page.goto("/settings/mail");
  await settled();
  expect(new URL(page.url()).pathname).toBe("/settings/account");
  expect((await callAs(context, "GET", "/api/mail-templates/ready/preview.html")).status).toBe(403);
  await context.close();
});
