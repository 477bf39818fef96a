import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "./support/browser.ts";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";

let broker: BrokerProcess;
let browser: Browser;
let shop: string;

beforeAll(async () => {
  await buildDashboard();
  broker = await startBroker();
  browser = await openBrowser();
  await makeUser(broker, "support");
  const scopes = "tokens:write,customers:read,grants:write";
  shop = await broker.cliOrFail(["management-token", "create", "--name", "shop", "--scopes", scopes]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

async function sell(customer_id: string): Promise<string> {
  const email = `${customer_id}@example.com`;
  const { status, body } = await broker.api("POST", "/api/tokens", shop, {
    ...{ description: `Customer: ${email}`, allowed_package_prefixes: ["acme/"] },
    metadata: { customer_id, customer_email: email, order_id: `order-${customer_id}` },
  });
  expect(status).toBe(201);
  return (body as { id: string }).id;
}

const dialogOf = (page: Page) => page.getByRole("dialog");

describe("support", () => {
  test("merges two accounts of one person, copies the new secrets, and undoes it", async () => {
    await sell("ada");
    await sell("ada-2");
    const context = await openLoggedIn(browser, { theme: "light", width: 1440 }, broker, "support@example.com");
    const { page, problems } = await openPage(context);
    await page.goto("/customers/default/ada-2");
    await page.getByRole("button", { name: "More for this customer" }).click();
    await page.getByRole("menuitem", { name: "Merge into another customer…" }).click();
    await page.getByLabel("The id of the customer who stays").fill("nobody");
    await page.getByRole("button", { name: "Show what changes" }).click();
    await dialogOf(page).getByText("There is no such customer.").waitFor();
    await page.getByLabel("The id of the customer who stays").fill("ada");
    await page.getByRole("button", { name: "Show what changes" }).click();
    await dialogOf(page).getByText("No token opens anything more or less than now.").waitFor();
    await page.getByRole("button", { name: "Merge the customers" }).click();
    await dialogOf(page)
      .getByText(/composer config/)
      .waitFor();
    await page.getByRole("button", { name: "Done, I have copied it" }).click();
    await page.waitForURL("**/customers/default/ada");
    await page.getByText("The shop may also call this customer “ada-2”").waitFor();
    await page.getByText("Customer ada-2 was merged into").waitFor();
    // An old link leads to the customer, too.
    await page.goto("/customers/default/ada-2");
    await page.getByText("Customer ada-2 was merged into").waitFor();
    await page.getByRole("button", { name: "Undo…" }).click();
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await dialogOf(page)
      .getByText(/composer config/)
      .waitFor();
    await page.getByRole("button", { name: "Done, I have copied it" }).click();
    await page.getByText(/· undone/).waitFor();
    await page.getByRole("heading", { level: 1, name: /ada-2@example.com/ }).waitFor();
    // Of the one who does not exist.
    expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
    await context.close();
  });

  test("gives a token and an order to somebody else", async () => {
    const id = await sell("agency");
    const context = await openLoggedIn(browser, { theme: "light", width: 390 }, broker, "support@example.com");
    const { page, problems } = await openPage(context);
    await page.goto(`/tokens/${id}`);
    await page.getByRole("button", { name: "Give away" }).click();
    await page.getByLabel("The new owner's customer id in the shop").fill("client");
    await page.getByLabel(/^E-mail of the new owner/).fill("client@example.com");
    await page.getByRole("button", { name: "Show what changes" }).click();
    await page.getByRole("button", { name: "Give the token away" }).click();
    await page.getByRole("button", { name: "Done, I have copied it" }).click();
    await page.getByRole("heading", { level: 1, name: /client@example.com/ }).waitFor();
    await page.goto("/customers/default/client");
    await page.getByText("A token of customer agency went to").waitFor();
    await page.getByRole("button", { name: "More for this customer" }).click();
    await page.getByRole("menuitem", { name: "Give an order to somebody else…" }).click();
    await page.getByLabel("Order", { exact: true }).fill("order-agency");
    await page.getByLabel("The new owner's customer id in the shop").fill("third");
    await page.getByRole("button", { name: "Show what changes" }).click();
    await page.getByRole("button", { name: "Give the order away" }).click();
    await page.getByRole("button", { name: "Done, I have copied it" }).click();
    await page.getByText("Order order-agency of customer client went to").waitFor();
    expect(problems).toEqual([]);
    await context.close();
  });
});
