import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { axeViolations, openBrowser, overflowsSideways } from "./support/browser.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { setUpVendor } from "./support/vendor-shop.ts";
import type { VendorSetUp } from "./support/vendor-shop.ts";

/** Where to put pictures of what is tested, to be looked at. */
const PICTURES = process.env["PICTURES"];
const DAY = 86_400;

let browser: Browser;
let setUp: VendorSetUp;
let shop: string;
let credentialShop: string;

beforeAll(async () => {
  // A server shows what is built when it starts.
  await buildDashboard();
  [setUp, browser] = await Promise.all([setUpVendor(), openBrowser()]);
  const scopes = ["--scopes", "tokens:write,tokens:read,grants:write,grants:read,customers:read"];
  const make = async (name: string, ...more: string[]) =>
    await setUp.broker.cliOrFail(["management-token", "create", "--name", name, ...scopes, ...more]);
  shop = await make("till");
  credentialShop = await make("web shop", "--credential", "customer");
  await makeUser(setUp.broker, "support");
}, 180_000);

afterAll(async () => {
  await browser.close();
  await setUp[Symbol.asyncDispose]();
});

async function call<T>(method: string, path: string, body: unknown, by = shop): Promise<T> {
  const answer = await setUp.broker.api(method, path, by, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body as T;
}

async function look(page: Page, name: string): Promise<void> {
  if (PICTURES !== undefined) await page.screenshot({ path: `${PICTURES}/${name}.png`, fullPage: true });
  expect(await axeViolations(page), name).toEqual([]);
  expect(await overflowsSideways(page), name).toBe(false);
}

interface Sold {
  last_four: string;
}

/** In every way there is: as a line by a token that reads all, as a line of its own, with a literal token, for a project. */
async function sellEverything(customer: string) {
  const now = Math.floor(Date.now() / 1000);
  const metadata = (order?: string) => ({
    customer_id: customer,
    customer_email: "ada@example.com",
    ...(order === undefined ? {} : { order_id: order }),
  });
  const sell = (body: object, by?: string) => call<Sold>("POST", "/api/tokens", { description: "Ada", ...body }, by);
  const line = (order: string) => `/api/customers/${customer}/grants/default/${order}/1`;
  const credential = await sell(
    { allowed_package_prefixes: ["acme/checkout"], expires_at: now + 200 * DAY, metadata: metadata("W-1") },
    credentialShop,
  );
  const literal = await sell({
    allowed_package_prefixes: ["acme/core"],
    updates_until: now - 9 * DAY,
    metadata: metadata("T-1"),
  });
  const project = await sell({ access: "project", allowed_package_prefixes: ["acme/theme"], metadata: metadata() });
  await call("PUT", line("L-1"), { package: "acme/theme", updates_until: now + 90 * DAY });
  const grace = { package: "globex/search", expires_at: now - DAY, grace_days: 14, occurred_at: now - 90 * DAY };
  await call("PUT", line("L-2"), grace);
  return { credential, literal, project };
}

test.each([
  { theme: "light", width: 1440 },
  { theme: "light", width: 390 },
] as const)(
  "each purchase is there once, with its term and the token that opens it, and is suspended, renewed and cancelled there, at $width",
  async (view) => {
    const customer = `p${view.width}`;
    const { credential, literal, project } = await sellEverything(customer);
    const context = await openLoggedIn(browser, view, setUp.broker, "support@example.com");
    const { page, problems, settled } = await openPage(context);
    await page.goto(`/customers/default/${customer}`);
    await page.getByRole("heading", { name: "What they bought" }).waitFor();
    const bought = page.getByRole("list", { name: "Orders" });
    const order = (id: string) => bought.getByRole("list", { name: `Bought with order ${id}`, exact: true });
    await settled();
    await look(page, `purchases-${view.width}`);
    expect(await bought.getByRole("heading").allInnerTexts()).toHaveLength(4);
    for (const name of ["acme/checkout", "acme/core", "acme/theme", "globex/search"]) {
      expect(await bought.getByText(name, { exact: true }).count(), name).toBe(1);
    }
    const reads = { "W-1": [credential], "L-1": [credential, project], "L-2": [credential], "T-1": [literal] };
    for (const [id, tokens] of Object.entries(reads)) {
      const text = await order(id).innerText();
      for (const one of [credential, literal, project]) {
        expect(text.includes(`…${one.last_four}`), `${id} by ${one.last_four}: ${text}`).toBe(tokens.includes(one));
      }
    }
    await order("T-1")
      .getByText(/^Updates ended on .* for ever\.$/)
      .waitFor();
    await order("L-2").getByText("In grace").waitFor();
    await order("L-2")
      .getByText(/goes on until .* with its days of grace/)
      .waitFor();
    const tokens = page.getByRole("region", { name: "Tokens of the customer" });
    await tokens.getByText("Everything they bought").filter({ visible: true }).waitFor();
    await tokens.getByText("Order T-1, nothing else").filter({ visible: true }).waitFor();
    expect(await tokens.getByText("acme/checkout").count(), "not as if it were bought twice").toBe(0);

    const ask = async (menu: string, item: string, button: string, reason: string) => {
      await page.getByRole("button", { name: menu }).click();
      await page.getByRole("menuitem", { name: item }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Reason").fill(reason);
      await look(page, `${item.toLowerCase().replaceAll(/\W+/g, "-")}${view.width}`);
      await dialog.getByRole("button", { name: button, exact: true }).click();
      await dialog.waitFor({ state: "hidden" });
      await settled();
      await page.getByText(`“${reason}”`).first().waitFor();
    };
    const lineOf = (id: string) => `Actions for line 1 of order ${id}`;
    await ask("Actions for order L-1", "Suspend order…", "Suspend order", "Unpaid");
    await order("L-1").getByText("Suspended", { exact: true }).waitFor();
    await ask("Actions for order L-1", "Resume order…", "Resume order", "Paid at last");
    await order("L-1").getByText("Active", { exact: true }).waitFor();
    await ask(lineOf("L-2"), "Renew…", "Renew", "Paid by bank transfer");
    await order("L-2").getByText("Active", { exact: true }).waitFor();
    const renewed = await call("GET", `/api/customers/${customer}/grants/default/L-2/1`, undefined);
    expect(renewed, "keeps its grace").toMatchObject({ grace_days: 14 });
    await ask("Actions for order L-2", "Cancel order…", "Cancel the order", "Refunded");
    await order("L-2").getByText("Cancelled", { exact: true }).waitFor();
    const held = `Actions for what was sold with token ${literal.last_four}, order T-1`;
    await ask(held, "Change expiry…", "Change expiry", "Agreed by phone");
    await ask(held, "Revoke token…", "Revoke token", "Chargeback 4711");
    await order("T-1").getByText("Cancelled", { exact: true }).waitFor();
    await look(page, `ended-${view.width}`);
    expect(problems).toEqual([]);
    await context.close();
  },
  180_000,
);
