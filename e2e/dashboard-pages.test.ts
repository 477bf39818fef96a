import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { axeViolations, measureLayoutShift, openBrowser, openContext, overflowsSideways } from "./support/browser.ts";
import type { View } from "./support/browser.ts";
import { buildDashboard, callAs, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import type { WatchedPage } from "./support/dashboard.ts";
import { fillWithBusiness } from "./support/sample-business.ts";
import { CARE_EMAIL, fillWithCare } from "./support/sample-care.ts";
import type { SampleCare } from "./support/sample-care.ts";
import { setUpVendor } from "./support/vendor-shop.ts";
import type { VendorSetUp } from "./support/vendor-shop.ts";

const WIDTHS = [1440, 390] as const;
const PHONE: View = { theme: "light", width: 390 };
const DESK: View = { theme: "light", width: 1440 };
/** A page that is not there is the one that may say so in the console. */
const NOT_FOUND = /^console: Failed to load resource: .* 404 /;

let browser: Browser;
let shop: VendorSetUp;
let tokenIds: string[];
let owner: string;
let viewer: string;
let invitation: string;
let care: SampleCare;

beforeAll(async () => {
  // A server shows what is built when it starts.
  await buildDashboard();
  [shop, browser] = await Promise.all([setUpVendor(), openBrowser()]);
  const { broker } = shop;
  const scopes = "tokens:write,tokens:read";
  const managementToken = await broker.cliOrFail(["management-token", "create", "--name", "till", "--scopes", scopes]);
  ({ tokenIds } = await fillWithBusiness({ url: broker.url, dataDir: broker.dataDir, managementToken, sales: 60 }));
  [owner, viewer] = await Promise.all([makeUser(broker, "owner"), makeUser(broker, "viewer")]);
  const context = await openLoggedIn(browser, DESK, broker, owner);
  await callAs(context, "PATCH", "/api/settings", { vendor_name: "Acme Extensions", setup_finished_at: 1_750_000_000 });
  const invited = { email: "new@example.com", name: "Nora New", role: "support" };
  const answer = await callAs(context, "POST", "/api/invitations", invited);
  invitation = new URL((answer.body as { link: string }).link).hash;
  care = await fillWithCare((method, path, body) => callAs(context, method, path, body));
  await context.close();
}, 180_000);

afterAll(async () => {
  await browser.close();
  await Promise.all([shop[Symbol.asyncDispose](), care[Symbol.asyncDispose]()]);
});

/** An address, its title, and what is done there before one looks at it. */
interface Visit {
  path: string;
  title: string;
  act?: (page: Page) => Promise<unknown>;
  isMissing?: true;
}

const press = (name: string | RegExp, within?: string) => (page: Page) =>
  (within === undefined ? page : page.getByRole("dialog", { name: within }))
    .getByRole("button", { name })
    .filter({ visible: true })
    .first()
    .click();

const choose = (menu: string | RegExp, item: string | RegExp) => async (page: Page) => {
  await page.getByRole("button", { name: menu }).click();
  await page.getByRole("menuitem", { name: item }).click();
  await page.getByRole("dialog").waitFor();
};

/** What is wrong with the page as it is, in both themes; an empty list where nothing is. */
async function faultsOf(
  { page, problems, settled }: WatchedPage,
  { path, title, isMissing }: Visit,
): Promise<string[]> {
  await settled();
  const faults = problems.splice(0).filter((problem) => isMissing !== true || !NOT_FOUND.test(problem));
  const headings = await page.locator("h1").count();
  if (headings !== 1) faults.push(`${String(headings)} headings of the first level`);
  if (![title, `${title} · PACKAGE.broker`].includes(await page.title()))
    faults.push(`is titled "${await page.title()}"`);
  for (const [theme, rules] of [
    ["light", "all"],
    ["dark", "colours"],
  ] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.locator(theme === "dark" ? "html.dark" : "html:not(.dark)").waitFor();
    if (await overflowsSideways(page)) faults.push(`overflows sideways in ${theme}`);
    for (const violation of await axeViolations(page, rules)) faults.push(`${theme}: ${violation}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  const where = `${path} at ${String(page.viewportSize()?.width)}`;
  return [...faults, ...problems.splice(0)].map((fault) => `${where}: ${fault}`);
}

async function visit(watched: WatchedPage, visits: readonly Visit[]): Promise<string[]> {
  const faults: string[] = [];
  for (const one of visits) {
    await watched.page.goto(one.path);
    await watched.settled();
    await one.act?.(watched.page);
    faults.push(...(await faultsOf(watched, one)));
  }
  return faults;
}

/** All of them at both widths, side by side; `open` makes the context. */
async function visitAll(open: (view: View) => Promise<BrowserContext>, visits: readonly Visit[]): Promise<string[]> {
  const faults = await Promise.all(
    WIDTHS.map(async (width) => {
      const context = await open({ theme: "light", width });
      const found = await visit(await openPage(context), visits);
      await context.close();
      return found;
    }),
  );
  return faults.flat();
}

const asOwner = (view: View) => openLoggedIn(browser, view, shop.broker, owner);
const asNobody = (view: View) => openContext(browser, view, shop.broker.url);

// Whoever cannot see well, has the phone at hand, or works at night, has the same work to do.
describe("in light and dark, on a desk and on a phone: no error, no foreign request, nothing inaccessible, nothing cut off", () => {
  test("of the overview, the customers and the tokens, and of their dialogs", async () => {
    const [token = ""] = tokenIds;
    const read = async (path: string) => {
      const { body } = await shop.broker.api("GET", path, shop.managementToken);
      return body as { email: string; metadata: { customer_email: string } };
    };
    const { email } = await read("/api/customers/1000");
    const ofToken = (await read(`/api/tokens/${token}`)).metadata.customer_email;
    expect(
      await visitAll(asOwner, [
        { path: "/", title: "Overview" },
        { path: "/customers", title: "Customers" },
        { path: "/customers?q=anna", title: "Customers" },
        { path: "/customers?q=nobody@nowhere", title: "Customers" },
        { path: "/customers/default/1000", title: email },
        { path: "/customers/default/1000", title: email, act: press("Revoke everything") },
        { path: "/customers/default/1000", title: email, act: press("Change e-mail") },
        { path: "/customers/default/999999", title: "No such customer", isMissing: true },
        { path: "/tokens", title: "Tokens" },
        { path: "/tokens?status=revoked&package=acme%2Fcore", title: "Tokens" },
        { path: "/tokens", title: "Tokens", act: press("New token") },
        { path: `/tokens/${token}`, title: ofToken },
        { path: `/tokens/${token}`, title: ofToken, act: press("Rotate secret") },
        { path: `/tokens/${token}`, title: ofToken, act: press("Extend") },
        { path: "/tokens/token_gone", title: "No such token", isMissing: true },
      ]),
    ).toEqual([]);
  }, 120_000);

  test("of the packages, the sources and the audit log, with their parts opened", async () => {
    const checkout = shop.sources.get("acme/checkout") ?? "";
    expect(
      await visitAll(asOwner, [
        { path: "/packages", title: "Packages" },
        ...["", "/versions", "/requirements", "/access", "/downloads"].map((part) => ({
          path: `/packages/acme/checkout${part}`,
          title: "acme/checkout",
        })),
        { path: "/sources", title: "Sources" },
        { path: "/sources/new", title: "Add a source" },
        {
          path: `/sources/${checkout}`,
          title: "acme/checkout",
          act: (page) => page.getByText("1.0.3").first().scrollIntoViewIfNeeded(),
        },
        { path: `/sources/${checkout}`, title: "acme/checkout", act: press("Edit") },
        { path: `/sources/${checkout}`, title: "acme/checkout", act: press("Remove") },
        { path: "/audit-log", title: "Audit log", act: press("Show details") },
        { path: "/audit-log?action=token.*&q=anna", title: "Audit log" },
      ]),
    ).toEqual([]);
  }, 120_000);

  test("of what customers bought, and of the question why they cannot install it", async () => {
    const email = CARE_EMAIL;
    const title = "Why can’t they install it?";
    const asked = `/explain?shop=default&customer=2000&token=grants&package=`;
    const line = (number: number, order: string) => `Actions for line ${String(number)} of order ${order}`;
    expect(
      await visitAll(asOwner, [
        { path: "/customers/default/2000", title: email, act: press("Add a grant") },
        { path: "/customers/default/2000", title: email, act: choose(line(1, "20101"), "Renew…") },
        { path: "/customers/default/2000", title: email, act: choose(line(1, "20103"), "Change…") },
        { path: "/customers/default/2000", title: email, act: choose(line(1, "20104"), "Grant it again…") },
        { path: "/customers/default/2000", title: email, act: choose("Actions for order 20101", "Cancel order…") },
        { path: "/explain", title },
        {
          path: "/explain",
          title,
          act: async (page) => {
            await page.getByLabel("Who").fill(email);
            await page.getByRole("list", { name: "Found" }).waitFor();
          },
        },
        { path: "/explain?package=acme/core", title },
        { path: `${asked}acme/checkout`, title },
        { path: `${asked}acme/core`, title },
        { path: `${asked}acme/core&version=0.1`, title },
        { path: `${asked}globex/slider`, title, act: press("Add a grant") },
        { path: `${asked}globex/search`, title },
        { path: `${asked}acme/theme`, title, act: press("Renew") },
        { path: `${asked}acme/missing`, title },
        { path: `/explain?token=${tokenIds[0] ?? ""}&package=acme/core`, title },
        { path: `/explain?token=${care.reader}&package=acme/core`, title },
        { path: "/explain?token=token_gone&package=acme/core", title, isMissing: true },
        { path: "/explain?shop=default&customer=999999&package=acme/core", title, isMissing: true },
      ]),
    ).toEqual([]);
  }, 180_000);

  test("of the webhooks, with what was sent, what was answered, and what is off", async () => {
    const title = "Webhooks · Settings";
    const one = `/settings/webhooks/${care.webhook}`;
    const open = (page: Page) => page.getByRole("button", { name: "webhook.test", expanded: false }).first().click();
    expect(
      await visitAll(asOwner, [
        { path: "/settings/webhooks", title },
        { path: "/settings/webhooks?create=1", title, act: (page) => page.getByLabel("Every event").uncheck() },
        { path: one, title: "CRM", act: open },
        { path: one, title: "CRM", act: press("Edit") },
        { path: one, title: "CRM", act: choose("More for CRM", "Rotate secret…") },
        { path: one, title: "CRM", act: choose("More for CRM", "Turn off…") },
        { path: one, title: "CRM", act: choose("More for CRM", "Remove…") },
        { path: `${one}?state=failed`, title: "CRM" },
        { path: `/settings/webhooks/${care.goneWebhook}`, title: "Old shop" },
        { path: "/settings/webhooks/hook_gone", title: "No such webhook", isMissing: true },
      ]),
    ).toEqual([]);
  }, 120_000);

  test("of what is used, of each part of it, and of a token that looks shared", async () => {
    const [token = ""] = tokenIds;
    const { body } = await shop.broker.api("GET", `/api/tokens/${token}`, shop.managementToken);
    const title = (body as { metadata: { customer_email: string } }).metadata.customer_email;
    expect(
      await visitAll(asOwner, [
        { path: "/usage", title: "Usage" },
        { path: "/usage", title: "Usage", act: press("Download CSV") },
        { path: "/usage?days=90&package=acme%2Fcheckout", title: "Usage" },
        { path: "/usage?days=7&customer_id=1000&shop=default", title: "Usage" },
        { path: `/tokens/${token}`, title, act: press("Dismiss") },
      ]),
    ).toEqual([]);
  }, 120_000);

  test("of the settings, and of what is not there", async () => {
    expect(
      await visitAll(asOwner, [
        { path: "/settings", title: "General · Settings" },
        { path: "/settings/api-tokens", title: "API Tokens · Settings" },
        { path: "/settings/api-tokens?create=1", title: "API Tokens · Settings" },
        { path: "/settings/mail", title: "Mail · Settings" },
        { path: "/settings/users", title: "Users · Settings" },
        { path: "/settings/users", title: "Users · Settings", act: press(/^Invite/) },
        { path: "/settings/account", title: "Your account · Settings" },
        { path: "/no/such/page", title: "Not found", isMissing: true },
      ]),
    ).toEqual([]);
  }, 120_000);

  test("of what is open to everybody: the log-in, the install page, invitations and new passwords", async () => {
    expect(
      await visitAll(asNobody, [
        { path: "/login", title: "Log in" },
        { path: "/login?next=%2Ftokens", title: "Log in" },
        { path: "/install", title: "Install your extensions from Acme Extensions" },
        { path: "/password-reset", title: "Forgotten your password?" },
        { path: "/password-reset#any", title: "Choose a new password" },
        { path: "/invitation", title: "Open your invitation" },
        { path: `/invitation${invitation}`, title: "Welcome" },
      ]),
    ).toEqual([]);
  }, 120_000);

  test("of a server on which nothing is yet: the set-up's steps, and lists that say what they are for", async () => {
    await using broker = await startBroker();
    const pages = await Promise.all(
      WIDTHS.map(async (width) => openPage(await openContext(browser, { theme: "light", width }, broker.url))),
    );
    const faults: string[] = [];
    const look = async (path: string, title: string, act?: (page: Page) => Promise<unknown>) => {
      for (const watched of pages) {
        await act?.(watched.page);
        await watched.page.waitForURL(`**${path}`);
        faults.push(...(await faultsOf(watched, { path: `${path}: ${title}`, title })));
      }
    };
    await look("/setup", "Open the set-up link", (page) => page.goto("/"));
    const link = /http:\S+\/setup#\S+/.exec(broker.log())?.[0] ?? "";
    await look("/setup", "Make the owner account", (page) => page.goto(link));
    await logInEverywhere(broker, pages, await makeUser(broker, "owner"));
    await look("/setup", "Add your first source", (page) => page.goto("/setup"));
    await look("/setup", "Make the token for your shop", press("Do this later"));
    for (const { page } of pages) await press("Create the token")(page);
    await look("/setup", "Ready to sell");
    await press("Finish")(pages[0]!.page);
    await pages[0]!.page.waitForURL((url) => url.pathname === "/");
    expect(faults).toEqual([]);
    const open = (view: View) => openLoggedIn(browser, view, broker, "owner@example.com");
    expect(
      await visitAll(open, [
        { path: "/", title: "Overview" },
        { path: "/customers", title: "Customers" },
        { path: "/tokens", title: "Tokens" },
        { path: "/packages", title: "Packages" },
        { path: "/sources", title: "Sources" },
        { path: "/audit-log?action=source.*", title: "Audit log" },
        { path: "/explain", title: "Why can’t they install it?" },
        { path: "/usage", title: "Usage" },
        { path: "/settings/webhooks", title: "Webhooks · Settings" },
        { path: "/settings/users", title: "Users · Settings" },
      ]),
    ).toEqual([]);
  }, 120_000);
});

async function logInEverywhere(broker: BrokerProcess, pages: readonly WatchedPage[], email: string): Promise<void> {
  for (const { page } of pages) {
    const logged = await openLoggedIn(browser, DESK, broker, email);
    await page.context().addCookies(await logged.cookies());
    await logged.close();
  }
}

const isFocused = (locator: Locator) =>
  locator.evaluate(
    (element: { ownerDocument: { activeElement: unknown } }) => element === element.ownerDocument.activeElement,
  );

/** Presses Tab until it is there; fails when it takes more than `max` times. */
async function tabTo(page: Page, locator: Locator, max: number): Promise<void> {
  for (let pressed = 0; pressed < max; pressed++) {
    await page.keyboard.press("Tab");
    if (await isFocused(locator)) return;
  }
  throw new Error(`Tab did not reach ${String(locator)} within ${String(max)} times.`);
}

describe("by keyboard alone", () => {
  test("one searches, chooses among what is found, and goes there", async () => {
    const context = await asOwner(DESK);
    const { page, problems, settled } = await openPage(context);
    await page.goto("/audit-log");
    await settled();
    await page.keyboard.press("/");
    const field = page.getByRole("dialog", { name: "Search" }).getByRole("combobox");
    await field.waitFor();
    expect(await isFocused(field)).toBe(true);
    await page.keyboard.type("acme/");
    const options = page.getByRole("option");
    await options.filter({ hasText: "acme/checkout-pro" }).waitFor();
    for (let pressed = 0; pressed < (await options.count()); pressed++) {
      const chosen = page.locator('[role="option"][aria-selected="true"]');
      if ((await chosen.innerText()).includes("acme/checkout-pro")) break;
      await page.keyboard.press("ArrowDown");
    }
    await page.keyboard.press("Enter");
    await page.waitForURL("**/packages/acme/checkout-pro");
    await page.getByRole("heading", { level: 1, name: "acme/checkout-pro" }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(problems).toEqual([]);
    await context.close();
  });

  test("Tab reaches the content past the navigation, and what is done there", async () => {
    const context = await asOwner(DESK);
    const { page, settled } = await openPage(context);
    for (const [path, action, most = 8] of [
      ["/tokens", page.getByRole("button", { name: "New token" })],
      ["/sources", page.getByRole("link", { name: "Add source" }).first()],
      [`/tokens/${tokenIds[0] ?? ""}`, page.getByRole("button", { name: "Extend" }).first()],
      // Past the other pages of the settings, and two links in the words above.
      ["/settings/api-tokens", page.getByRole("button", { name: "Create Management Token" }), 12],
      ["/explain", page.getByLabel("Who")],
      [`/settings/webhooks/${care.webhook}`, page.getByRole("button", { name: "Send a test" })],
    ] as const) {
      await page.goto(path);
      await settled();
      await tabTo(page, page.getByRole("link", { name: "Skip to the content" }), 1);
      await page.keyboard.press("Enter");
      await tabTo(page, action, most);
    }
    await context.close();
  });

  test("Escape closes every dialog and menu, and gives the focus back to what opened it", async () => {
    const context = await asOwner(DESK);
    const { page, settled } = await openPage(context);
    const checkout = shop.sources.get("acme/checkout") ?? "";
    for (const [path, name] of [
      ["/tokens", "New token"],
      [`/tokens/${tokenIds[0] ?? ""}`, "Revoke"],
      ["/customers/default/1000", "Revoke everything"],
      [`/sources/${checkout}`, "Remove"],
      [`/sources/${checkout}`, "Edit"],
      ["/settings/api-tokens", "Create Management Token"],
      ["/settings/users", /^Invite/],
      ["/customers/default/1000", "Add a grant"],
      ["/settings/webhooks", "Add webhook"],
      [`/settings/webhooks/${care.webhook}`, "Edit"],
    ] as const) {
      await page.goto(path);
      await settled();
      const opener = page.getByRole("main").getByRole("button", { name }).first();
      await opener.focus();
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      // The browser gives it back a moment after the dialog is gone.
      await expect.poll(() => isFocused(opener), { message: path, timeout: 5_000 }).toBe(true);
    }
    await page.goto("/tokens");
    await settled();
    const menu = page.getByRole("button", { name: /^Actions for/ }).first();
    await menu.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("menu").waitFor({ state: "hidden" });
    await expect.poll(() => isFocused(menu), { timeout: 5_000 }).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByRole("menu").waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await expect.poll(() => isFocused(menu), { timeout: 5_000 }).toBe(true);
    await context.close();
  });

  test("the navigation of a phone closes with Escape, and by going somewhere", async () => {
    const context = await asOwner(PHONE);
    const { page, settled } = await openPage(context);
    await page.goto("/");
    await settled();
    const opener = page.getByRole("button", { name: "Open the navigation" });
    const drawer = page.getByRole("dialog", { name: "Navigation" });
    await opener.focus();
    await page.keyboard.press("Enter");
    await drawer.waitFor();
    await page.keyboard.press("Escape");
    await drawer.waitFor({ state: "hidden" });
    await expect.poll(() => isFocused(opener), { timeout: 5_000 }).toBe(true);
    await page.keyboard.press("Enter");
    await drawer.getByRole("link", { name: "Customers" }).click();
    await page.waitForURL("**/customers");
    await drawer.waitFor({ state: "hidden" });
    await context.close();
  });
});

test("the usage page hands out what it shows as CSV, with its filters", async () => {
  const context = await asOwner(DESK);
  const { page, problems, settled } = await openPage(context);
  await page.goto("/usage?days=90&package=acme%2Fcheckout");
  await settled();
  await page.getByRole("button", { name: "Download CSV" }).click();
  const downloading = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "By version" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("usage.csv");
  expect(new URL(download.url()).searchParams.get("package")).toBe("acme/checkout");
  const [head, ...lines] = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
  expect(head).toBe("day,shop,token_id,customer_id,package,version,requests,downloads,installs");
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every((line) => line.startsWith(",,,,acme/checkout,"))).toBe(true);
  expect(problems).toEqual([]);
  await context.close();
});

/** Buttons and links that change something. */
const ACTION =
  /^(?:New|Create|Add|Dismiss|Revoke|Rotate|Extend|Renew|Remove|Edit|Sync|Change|Invite|Save|Send|Turn|Correct|Actions for|More for|Reset|End )/;
const OWN_ACCOUNT = "/settings/account";

test("a viewer is shown no button that changes anything, where an owner has some", async () => {
  const checkout = shop.sources.get("acme/checkout") ?? "";
  const paths = [
    ...["/tokens", `/tokens/${tokenIds[0] ?? ""}`, "/customers/default/1000", "/sources", `/sources/${checkout}`],
    ...["/packages/acme/checkout/versions", "/settings", "/settings/api-tokens", "/settings/users"],
    `/explain?shop=default&customer=2000&token=grants&package=globex/search`,
    ...["/settings/webhooks", `/settings/webhooks/${care.webhook}`, `/settings/webhooks/${care.goneWebhook}`],
  ];
  const actionsOf = async (email: string) => {
    const context = await openLoggedIn(browser, DESK, shop.broker, email);
    const { page, problems, settled } = await openPage(context);
    const found: Record<string, string[]> = {};
    for (const path of ["/", "/customers", "/packages", "/audit-log", ...paths]) {
      await page.goto(path);
      await settled();
      // What one may not see leads to the own account, where everybody may change their own things.
      if (new URL(page.url()).pathname === OWN_ACCOUNT) continue;
      const controls = page.getByRole("main").locator("button, a");
      const names = await Promise.all(
        (await controls.all()).map(
          async (control) => (await control.getAttribute("aria-label")) ?? (await control.innerText()),
        ),
      );
      found[path] = names.filter((name) => ACTION.test(name.trim()));
    }
    await context.close();
    expect(problems).toEqual([]);
    return found;
  };
  const [ofViewer, ofOwner] = await Promise.all([actionsOf(viewer), actionsOf(owner)]);
  expect(Object.values(ofViewer).flat()).toEqual([]);
  expect(Object.keys(ofViewer)).toEqual(
    expect.arrayContaining(["/tokens", "/sources", "/customers", "/settings/webhooks"]),
  );
  expect(paths.filter((path) => ofOwner[path]?.length === 0)).toEqual([]);
}, 60_000);

// Who aims at a row while the list above it grows hits another customer.
test.each(["/", "/customers", "/tokens", "/packages", "/sources", "/usage", "/audit-log", "/settings/webhooks"])(
  "nothing jumps while %s loads, on a desk and on a phone",
  async (path) => {
    for (const view of [DESK, PHONE]) {
      const context = await asOwner(view);
      const { page, settled } = await openPage(context);
      const shift = await measureLayoutShift(page);
      // Answers wait until the page has shown that it waits, so that both states are painted.
      const { promise: isWaiting, resolve: answer } = Promise.withResolvers<undefined>();
      await page.route(/\/api\/(?!session$)/, async (route) => {
        await isWaiting;
        await route.continue();
      });
      await page.goto(path);
      await page
        .getByRole("status", { name: /^Loading/ })
        .first()
        .waitFor();
      await shift.sum();
      answer(undefined);
      await settled();
      expect(await shift.sum(), String(view.width)).toBeLessThan(0.1);
      await context.close();
    }
  },
);
