import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectInOrder, openBrowser } from "./support/browser.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { type VendorSetUp, setUpVendor } from "./support/vendor-shop.ts";

let setUp: VendorSetUp;
let browser: Browser;
let managementToken: string;

beforeAll(async () => {
  await buildDashboard();
  setUp = await setUpVendor();
  managementToken = await managementTokenOf("default");
  // There is more than one shop from then on.
  await managementTokenOf("west");
  await makeUser(setUp.broker, "owner");
  browser = await openBrowser();
}, 120_000);

async function managementTokenOf(shop: string): Promise<string> {
  const scopes = "packages:read,packages:write,tokens:read,tokens:write,settings:read,settings:write";
  const args = ["management-token", "create", "--name", `of ${shop}`, "--shop", shop, "--scopes", scopes];
  return await setUp.broker.cliOrFail(args);
}

afterAll(async () => {
  await browser.close();
  await setUp[Symbol.asyncDispose]();
});

async function logIn(width: 1440 | 390) {
  const context = await openLoggedIn(browser, { theme: "light", width }, setUp.broker, "owner@example.com");
  return await openPage(context);
}

describe.each([1440, 390] as const)("in a window of %i", (width) => {
  test("a package gets a successor, a notice and addresses of its own, and they are seen and taken back", async () => {
    const { page, problems } = await logIn(width);
    await page.goto("/packages/acme/theme");
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Renamed to").fill("acme/none");
    await page.getByRole("combobox", { name: "Abandoned" }).selectOption("abandoned");
    await page.getByLabel("Use instead").fill("acme/core");
    await page.getByLabel("Renewal URL").fill("https://acme.example/theme");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("acme/none is not").waitFor();
    await expectInOrder(page, "the form");
    await page.getByLabel("Renamed to").fill("acme/core");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("acme/theme is changed.").waitFor();
    await page.getByText("composer tells customers to use acme/core instead").waitFor();
    await page.getByText("all that opens it opens").waitFor();
    await expectInOrder(page, "the package");
    const read = async () => (await setUp.broker.api("GET", "/api/packages/acme/theme", managementToken)).body;
    expect(await read()).toMatchObject({
      abandoned_by_vendor: "acme/core",
      successor: "acme/core",
      renew_url: "https://acme.example/theme",
    });
    await page.getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Renamed to").fill("");
    await page.getByRole("combobox", { name: "Abandoned" }).selectOption("repository");
    await page.getByLabel("Renewal URL").fill("");
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("all that opens it opens").waitFor({ state: "detached" });
    expect(await read()).toMatchObject({ abandoned_by_vendor: null, successor: null, renew_url: null });
    expect(problems.filter((problem) => !problem.includes("400"))).toEqual([]);
    await page.context().close();
  });

  test("a shop sends its customers somewhere else", async () => {
    const { page, problems } = await logIn(width);
    await page.goto("/settings");
    await page.getByRole("button", { name: "Edit west" }).click();
    await page.getByRole("dialog").getByLabel("Renewal URL").fill("https://west.example/account");
    await expectInOrder(page, "the form");
    await page.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
    await page.getByText("https://west.example/account").waitFor();
    await expectInOrder(page, "the settings");
    const { body } = await setUp.broker.api("GET", "/api/shops", managementToken);
    expect(body).toEqual([expect.objectContaining({ name: "default", renew_url: null })]);
    await page.getByRole("button", { name: "Edit west" }).click();
    await page.getByRole("dialog").getByLabel("Renewal URL").fill("");
    await page.getByRole("dialog").getByRole("button", { name: "Save changes" }).click();
    await page.getByText("https://west.example/account").waitFor({ state: "detached" });
    expect(problems).toEqual([]);
    await page.context().close();
  });
});
