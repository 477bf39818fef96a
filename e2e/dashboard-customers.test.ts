import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { VIEWS, expectInOrder, openBrowser } from "./support/browser.ts";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";

let broker: BrokerProcess;
let browser: Browser;
let shop: string;

beforeAll(async () => {
  await buildDashboard();
  // Nothing listens there: mails wait.
  broker = await startBroker({ SMTP_URL: "smtp://127.0.0.1:1", MAIL_FROM: "broker@acme.example" });
  browser = await openBrowser();
  await makeUser(broker, "support");
  await makeUser(broker, "viewer");
  const scopes = "tokens:write,customers:read";
  shop = await broker.cliOrFail(["management-token", "create", "--name", "shop", "--scopes", scopes]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

async function sell(customer_id: string | number, more: object = {}): Promise<string> {
  const email = `${customer_id === 0 ? "guest" : customer_id}@example.com`;
  const { status, body } = await broker.api("POST", "/api/tokens", shop, {
    ...{ description: `Customer: ${email}`, allowed_package_prefixes: ["acme/"] },
    metadata: { customer_id, customer_email: email, order_id: `order-${customer_id}` },
    ...more,
  });
  expect(status).toBe(201);
  return (body as { id: string }).id;
}

const dialogOf = (page: Page) => page.getByRole("dialog");

async function choose(page: Page, item: string): Promise<void> {
  await page.getByRole("button", { name: "More for this customer" }).click();
  await page.getByRole("menuitem", { name: item }).click();
}

describe("the page of a customer", () => {
  test("revokes everything, restores it, hands it to a new owner with secrets shown once, exports, and forgets", async () => {
    await sell("ada");
    const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, "support@example.com");
    const { page, problems } = await openPage(context);
    await page.goto("/customers/default/ada");
    await page.getByRole("button", { name: "Revoke everything" }).click();
    await dialogOf(page)
      .getByRole("button", { name: /^Revoke/ })
      .click();
    await dialogOf(page).waitFor({ state: "hidden" });
    await page.getByText(/Everything this customer had was revoked on .* and can be restored/).waitFor();
    await page.getByRole("button", { name: "Restore", exact: true }).click();
    await dialogOf(page).getByRole("button", { name: "Restore" }).click();
    await page.getByText("1 token and 0 grants restored.").waitFor();
    await page.getByRole("button", { name: "Revoke everything" }).waitFor();

    await choose(page, "Transfer to a new owner…");
    await page.getByLabel("E-mail of the new owner").fill("grace@example.com");
    await page.getByLabel(/^Their customer id in the shop/).fill("grace");
    await page.getByRole("button", { name: "Transfer the customer" }).click();
    await dialogOf(page).getByText("Customer: grace@example.com").waitFor();
    await dialogOf(page)
      .getByText(/composer config/)
      .waitFor();
    expect(await dialogOf(page).innerText()).toMatch(/composer config http-basic\.\S+ token pbt_\w{36}/);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Done, I have copied it" }).click();
    await page.waitForURL("**/customers/default/grace");
    await page.getByRole("heading", { level: 1, name: /grace@example.com/ }).waitFor();

    const saving = page.waitForEvent("download");
    await choose(page, "Export everything held");
    const file = await saving;
    expect(file.suggestedFilename()).toMatch(/^cust_\w+\.json$/);
    const exported = JSON.parse(await readFile(await file.path(), "utf8")) as Record<string, unknown>;
    expect(exported).toMatchObject({ left_out: [], customer: { customer_id: "grace", email: "grace@example.com" } });

    await choose(page, "Erase personal data…");
    const erase = page.getByRole("button", { name: "Erase the customer" });
    for (const [typed, isRight] of [
      ["", false],
      ["grac", false],
      ["grace", true],
    ] as const) {
      await page.getByLabel("The customer's id, to confirm").fill(typed);
      expect(await erase.isEnabled(), typed).toBe(isRight);
    }
    await erase.click();
    await page.waitForURL("**/customers/default/erased-cust_*");
    await page.getByRole("heading", { level: 1, name: "Erased customer" }).waitFor();
    await page.getByText(/Everything personal was erased on/).waitFor();
    expect(await page.getByRole("main").innerText()).not.toMatch(/ada@|grace/);
    for (const name of ["Revoke everything", "Restore", "New token", "Change e-mail", "Add a grant"]) {
      expect(await page.getByRole("button", { name }).count(), name).toBe(0);
    }
    expect(problems).toEqual([]);
    await context.close();
  }, 120_000);

  test("of a guest's token exports and forgets the guest", async () => {
    const id = await sell(0, { notify: true });
    const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, "support@example.com");
    const { page, problems } = await openPage(context);
    await page.goto(`/tokens/${id}`);
    await page.getByText("to guest@example.com").waitFor();
    const more = page.getByRole("button", { name: "More for this guest" });
    const saving = page.waitForEvent("download");
    await more.click();
    await page.getByRole("menuitem", { name: "Export everything held" }).click();
    expect((await saving).suggestedFilename()).toBe(`${id}.json`);
    await more.click();
    await page.getByRole("menuitem", { name: "Erase personal data…" }).click();
    await page.getByLabel("The token's id, to confirm").fill(id);
    await page.getByRole("button", { name: "Erase the guest" }).click();
    await page.getByRole("heading", { level: 1, name: "Erased" }).waitFor();
    await page.getByText("address erased").first().waitFor();
    // Each part of the page asks anew by itself.
    for (const mention of await page.getByText("guest@").all()) await mention.waitFor({ state: "hidden" });
    expect(await page.getByRole("main").innerText()).not.toContain("guest@");
    expect(problems).toEqual([]);
    await context.close();
  }, 60_000);

  test("lets a viewer export and nothing else", async () => {
    await sell("eve");
    const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, "viewer@example.com");
    const { page } = await openPage(context);
    await page.goto("/customers/default/eve");
    await page.getByRole("button", { name: "Export" }).waitFor();
    expect(await page.getByRole("button", { name: /^More|^Revoke|^Restore/ }).count()).toBe(0);
    await context.close();
  }, 60_000);

  test.each(VIEWS)(
    "has dialogs that everybody can use, in $theme at $width",
    async (view) => {
      const customer = `view-${view.theme}-${view.width}`;
      await sell(customer);
      const context = await openLoggedIn(browser, view, broker, "support@example.com");
      const { page, problems } = await openPage(context);
      await page.goto(`/customers/default/${customer}`);
      for (const item of ["Transfer to a new owner…", "Erase personal data…"]) {
        await choose(page, item);
        await dialogOf(page).waitFor();
        await expectInOrder(page, item);
        await page.keyboard.press("Escape");
        await dialogOf(page).waitFor({ state: "hidden" });
      }
      await page.getByRole("button", { name: "Revoke everything" }).click();
      await dialogOf(page)
        .getByRole("button", { name: /^Revoke/ })
        .click();
      await dialogOf(page).waitFor({ state: "hidden" });
      await page.getByRole("button", { name: "Restore", exact: true }).click();
      await dialogOf(page).waitFor();
      await expectInOrder(page, "restore");
      expect(problems).toEqual([]);
      await context.close();
    },
    60_000,
  );
});
