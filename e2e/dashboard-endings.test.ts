import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { axeViolations, openBrowser, overflowsSideways } from "./support/browser.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { setUpVendor } from "./support/vendor-shop.ts";
import type { VendorSetUp } from "./support/vendor-shop.ts";

/** Where to put pictures of what is tested, to be looked at. */
const PICTURES = process.env["PICTURES"];

let browser: Browser;
let setUp: VendorSetUp;
let shop: string;

beforeAll(async () => {
  // A server shows what is built when it starts.
  await buildDashboard();
  [setUp, browser] = await Promise.all([setUpVendor(), openBrowser()]);
  const scopes = "tokens:write,tokens:read,customers:write";
  shop = await setUp.broker.cliOrFail(["management-token", "create", "--name", "till", "--scopes", scopes]);
  await makeUser(setUp.broker, "support");
}, 180_000);

afterAll(async () => {
  await browser.close();
  await setUp[Symbol.asyncDispose]();
});

async function look(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  expect(await axeViolations(page), name).toEqual([]);
  expect(await overflowsSideways(page), name).toBe(false);
}

async function statusOf(token: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`token:${token}`).toString("base64")}`;
  return (await fetch(`${setUp.broker.url}/packages.json`, { headers: { authorization } })).status;
}

test.each([
  { theme: "light", width: 1440 },
  { theme: "light", width: 390 },
] as const)(
  "support suspends, resumes, revokes and undoes, with reasons that the history shows, at $width",
  async (view) => {
    const customer = `c${view.width}`;
    const metadata = { customer_id: customer, customer_email: "ada@example.com", order_id: `A-${view.width}` };
    const answer = await setUp.broker.api("POST", "/api/tokens", shop, { description: "Ada", metadata });
    const { id, token } = answer.body as { id: string; token: string };
    const context = await openLoggedIn(browser, view, setUp.broker, "support@example.com");
    const { page, problems, settled } = await openPage(context);
    const main = page.getByRole("main");
    const confirm = async (opens: string, reason: string, name: string, picture: string) => {
      await main.getByRole("button", { name: opens, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Reason").fill(reason);
      await look(page, `${picture}-${view.width}`);
      await dialog.getByRole("button", { name, exact: true }).click();
      await dialog.waitFor({ state: "hidden" });
      await settled();
    };
    await page.goto(`/tokens/${id}`);
    await confirm("Suspend", "The invoice is unpaid", "Suspend token", "suspend");
    await main.getByText("They cannot install: the token is suspended").waitFor();
    await look(page, `suspended-${view.width}`);
    expect(await statusOf(token)).toBe(401);
    await confirm("Resume", "Paid", "Resume token", "resume");
    expect(await statusOf(token)).toBe(200);
    await confirm("Revoke", "Chargeback 4711", "Revoke token", "revoke");
    await look(page, `revoked-${view.width}`);
    await confirm("Undo revocation", "The wrong order", "Restore token", "restore");
    expect(await statusOf(token)).toBe(200);
    await page.goto(`/customers/default/${customer}`);
    await main.getByRole("button", { name: "More for this customer" }).click();
    await page.getByRole("menuitem", { name: "Suspend everything…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Suspend", exact: true }).click();
    await main.getByText("Everything this customer has is suspended").waitFor();
    await settled();
    await main.getByText("“The invoice is unpaid”").first().waitFor();
    await look(page, `customer-${view.width}`);
    expect(await statusOf(token)).toBe(401);
    await confirm("Resume", "Paid", "Resume", "customer-resume");
    expect(await statusOf(token)).toBe(200);
    expect(problems).toEqual([]);
    await context.close();
  },
  120_000,
);
