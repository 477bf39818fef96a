import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { openBrowser, openContext } from "./support/browser.ts";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { PASSWORD, buildDashboard, logInAt, openPage } from "./support/dashboard.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import type { GitHttpServer } from "./support/git-http-server.ts";
import { startPhpShop } from "./support/php-shop.ts";
import { buildSampleVendors } from "./support/sample-vendors.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";

const GIT_PASSWORD = "git access token";

let directory: TemporaryDirectory;
let git: GitHttpServer;
let broker: BrokerProcess;
let browser: Browser;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("dashboard-sale");
  const vendors = await buildSampleVendors(directory.path);
  git = await startGitHttpServer({ root: vendors.root, username: "ci", password: GIT_PASSWORD });
  await buildDashboard();
  broker = await startBroker();
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
  await git.close();
  await directory.remove();
});

describe("the dashboard, from an empty server to a refused composer", () => {
  // The whole promise of the product, seen by the three people it is made for.
  test("sets up, sells by the guide's handler, installs, shows it, revokes, and keeps a record of all of it", async () => {
    const context = await openContext(browser, { theme: "light", width: 1440 }, broker.url);
    const { page, problems } = await openPage(context);

    // The vendor's engineer: the one-time link of the log, a source, the token for the shop.
    await page.goto("/");
    await page.waitForURL("**/setup");
    const link = /http:\S+\/setup#\S+/.exec(broker.log())?.[0] ?? "";
    await page.goto(link);
    await page.reload();
    await page.getByLabel("E-mail address").fill("owner@example.com");
    await page.getByLabel("Your name").fill("Olivia Owner");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Create the account" }).click();
    await page.getByLabel("URL of the git repository").fill(`${git.url}/acme/core.git`);
    await page.getByLabel("User name").fill("ci");
    await page.getByLabel(/^Access token/).fill(GIT_PASSWORD);
    await page.getByRole("button", { name: "Test connection" }).click();
    await page.getByText("acme/core").first().waitFor();
    await page.getByRole("button", { name: "Add source" }).click();
    await page.getByText(/\d+ versions of acme\/core/).waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    expect(await page.getByLabel("One credential per customer").isChecked(), "chosen already").toBe(true);
    expect(await page.getByLabel("One token per order").isChecked(), "chosen already").toBe(true);
    await page.getByRole("button", { name: "Create the token" }).click();
    await page.getByRole("heading", { name: "Ready to sell" }).waitFor();
    const handler = await page.getByRole("tabpanel").innerText();
    const managementToken = /pbm_\w{36}/.exec(handler)?.[0] ?? "";
    expect(managementToken).not.toBe("");
    await page.reload();
    await page.getByRole("heading", { name: "Ready to sell" }).waitFor();
    expect(await page.getByRole("tabpanel").innerText(), "a reload loses nothing").toContain(managementToken);
    await page.getByRole("button", { name: "Finish" }).click();
    await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();

    // The shop: the guide's handler, unmodified, with that token. And the buyer.
    await using shop = await startPhpShop({ brokerUrl: broker.url, managementToken, vendorPrefix: "acme/" });
    await shop.purchase({ customer_id: 4711, customer_email: "ada@example.com", order_id: "1001" });
    const token = (await shop.mails()).at(-1)?.token ?? "";
    await using project = await createComposerProject({ repositoryUrl: broker.url });
    await project.configureFromEmail(token);
    expect((await project.run(["require", "acme/core:^1.0"])).exitCode).toBe(0);
    const sold = await broker.api("GET", "/api/tokens?customer_id=4711", managementToken);
    expect(sold.body, "a credential for all they bought").toMatchObject([
      { access: "customer", allowed_package_prefixes: ["acme/"] },
    ]);

    // Their support person: finds the buyer by the order, sees what was downloaded, and revokes.
    await page.keyboard.press("/");
    await page.getByRole("dialog").getByRole("combobox").fill("1001");
    await page
      .getByRole("option", { name: /ada@example.com/ })
      .first()
      .click();
    await page.getByRole("heading", { level: 1, name: /ada@example.com/ }).waitFor();
    await page.goto("/packages/acme/core/downloads");
    await page.getByText("1 of all versions, ever").waitFor();
    await page.goto(`/customers?q=${token.slice(-4)}`);
    await page
      .getByRole("link", { name: /ada@example.com/ })
      .filter({ visible: true })
      .first()
      .click();
    await page.getByRole("button", { name: "Revoke everything" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Revoke/ })
      .click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await project.clearCache();
    const refused = await project.run(["update"]);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.output).toContain("was revoked");

    // And the record of it all.
    await page.goto("/audit-log");
    const log = page.getByRole("main");
    for (const sentence of [
      /Olivia Owner.*added the source/,
      /Olivia Owner.*created the management token.*Web shop/,
      /Web shop.*created the token.*ada@example\.com.*of customer.*4711/,
      /Olivia Owner.*revoked/,
    ]) {
      await log.getByText(sentence).first().waitFor();
    }
    await page.getByRole("button", { name: "Verify" }).click();
    await page.getByText(/sealed records are there, unchanged and in order/).waitFor();
    expect(problems).toEqual([]);

    // Logged out, the same addresses lead to the log-in, and from there back to where one wanted to go.
    await context.clearCookies();
    await page.goto("/customers?q=ada");
    await page.waitForURL("**/login?next=*");
    await logInAt(page, "owner@example.com");
    await page.waitForURL("**/customers?q=ada");
    await context.close();
  }, 180_000);
});
