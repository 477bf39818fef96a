import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type View, expectInOrder, openBrowser } from "./support/browser.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

let setUp: VendorSetUp;
let browser: Browser;
let managementToken: string;

beforeAll(async () => {
  await buildDashboard();
  setUp = await setUpVendor();
  managementToken = await setUp.broker.cliOrFail([
    ...["management-token", "create", "--name", "reader"],
    ...["--scopes", "management_tokens:read,tokens:read,tokens:write,grants:write,customers:write"],
  ]);
  await makeUser(setUp.broker, "owner");
  browser = await openBrowser();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await setUp[Symbol.asyncDispose]();
});

async function logIn(view: View) {
  const context = await openLoggedIn(browser, view, setUp.broker, "owner@example.com");
  return await openPage(context);
}

describe.each([1440, 390] as const)("in a window of %i", (width) => {
  test("a management token is made with its settings, shows them, and is changed", async () => {
    const { page, problems } = await logIn({ theme: "light", width });
    const name = `Old shop ${width}`;
    await page.goto("/settings/api-tokens?create=1");
    await page.getByRole("textbox", { name: "Name" }).fill(name);
    expect(await page.getByLabel("One credential per customer").isChecked(), "chosen already").toBe(true);
    expect(await page.getByLabel("One token per order").isChecked(), "chosen already").toBe(true);
    await page.getByLabel("Mail the customer").check();
    await expectInOrder(page, "the form");
    await page.getByRole("button", { name: "Create token" }).click();
    await page.getByText(/^pbm_/).first().waitFor();
    await page.goto("/settings/api-tokens");
    await page
      .getByRole("button", { name: `Actions for ${name}` })
      .filter({ visible: true })
      .click();
    await page.getByRole("menuitem", { name: "Edit…" }).click();
    await expectInOrder(page, "the settings");
    await page.getByRole("textbox", { name: "Name" }).fill(`${name}, renamed`);
    expect(await page.getByLabel("One credential per customer").isChecked(), "as it is").toBe(true);
    await page.getByLabel("One credential per customer").uncheck();
    await page.getByLabel("Mail the customer").uncheck();
    await page.getByRole("button", { name: "Save" }).click();
    await page
      .getByRole("button", { name: `${name}, renamed`, exact: true })
      .filter({ visible: true })
      .click();
    await page.getByText("Only where a sale asks for it").waitFor();
    await page.getByText("What it was sold with").waitFor();
    await page.getByText("One token per order").filter({ visible: true }).last().waitFor();
    await expectInOrder(page, "the details");
    const { body } = await setUp.broker.api("GET", "/api/management-tokens", managementToken);
    expect(body).toContainEqual(
      expect.objectContaining({ name: `${name}, renamed`, credential: null, unique_by: "order", notify: false }),
    );
    expect(problems).toEqual([]);
    await page.context().close();
  });

  test("a token for one project is made in plain words, and its page says what it reads", async () => {
    const customer = `project-${width}`;
    const line = `/api/customers/${customer}/grants/default/order/1`;
    await setUp.broker.api("PUT", line, managementToken, { package: "acme/core" });
    const { page, problems } = await logIn({ theme: "dark", width });
    await page.goto("/tokens");
    await page.getByRole("button", { name: "New token" }).first().click();
    await page.getByText("Of what is granted to the customer, only what is named above").click();
    await page.getByLabel("Customer id").fill(customer);
    expect(await page.getByLabel("Everything that is hosted here").count()).toBe(0);
    expect(await page.getByRole("button", { name: "Create token" }).isDisabled()).toBe(true);
    await page.getByLabel("Packages").fill("acme/co*");
    await expectInOrder(page, "the form");
    await page.getByRole("button", { name: "Create token" }).click();
    await page.getByRole("button", { name: "Open the token" }).click();
    await page.getByText("the part named here: a project token").waitFor();
    // Of the three packages the prefix covers one is granted.
    await page.getByText("this one package and nothing else").waitFor();
    await page.getByRole("link", { name: "acme/core", exact: true }).first().waitFor();
    await expectInOrder(page, "the token");
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
