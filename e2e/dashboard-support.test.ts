import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { isSignedBy, startWebhookReceiver } from "../src/testing/webhook-receiver.ts";
import { openBrowser } from "./support/browser.ts";
import type { View } from "./support/browser.ts";
import { createComposerProject } from "./support/composer-client.ts";
import { buildDashboard, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { eventually, setUpVendor } from "./support/vendor-shop.ts";
import type { VendorSetUp } from "./support/vendor-shop.ts";

const DESK: View = { theme: "light", width: 1440 };

let browser: Browser;
let setUp: VendorSetUp;
let shop: string;

beforeAll(async () => {
  // A server shows what is built when it starts.
  await buildDashboard();
  [setUp, browser] = await Promise.all([setUpVendor(), openBrowser()]);
  const scopes = "tokens:write,tokens:read,grants:write,grants:read,packages:read";
  shop = await setUp.broker.cliOrFail(["management-token", "create", "--name", "till", "--scopes", scopes]);
  await makeUser(setUp.broker, "owner");
  await makeUser(setUp.broker, "support");
}, 120_000);

afterAll(async () => {
  await browser.close();
  await setUp[Symbol.asyncDispose]();
});

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await setUp.broker.api(method, path, shop, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body as T;
}

/** In the address bar, the history and the server's log it would be read by many. */
function watchForSecret(page: Page, secret: string): { leaks: string[] } {
  const leaks: string[] = [];
  page.on("request", (request) => {
    if (request.url().includes(secret)) leaks.push(request.url());
  });
  page.on("framenavigated", (frame) => {
    if (frame.url().includes(secret)) leaks.push(frame.url());
  });
  return { leaks };
}

// The call that support gets most often, from the buyer's error to the buyer's install.
test("support finds out why a buyer cannot install, renews, and composer installs; and takes it away again", async () => {
  const { versions } = await call<{ versions: { version: string; released_at: number }[] }>(
    "GET",
    "/api/packages/acme/core",
  );
  const releasedAt = versions.find(({ version }) => version.replace(/^v/, "") === "1.1.0")?.released_at ?? 0;
  const line = "/api/customers/42/grants/default/10001/1";
  await call("PUT", line, { package: "acme/core", updates_until: releasedAt, occurred_at: releasedAt });
  const metadata = { customer_id: 42, customer_email: "ada@example.com" };
  const { token } = await call<{ token: string }>("POST", "/api/tokens", {
    ...{ description: "Ada", access: "customer", metadata },
  });
  await using project = await createComposerProject({ repositoryUrl: setUp.broker.url });
  await project.configureFromEmail(token);
  expect((await project.run(["require", "acme/core:^1.2"])).exitCode).not.toBe(0);

  const context = await openLoggedIn(browser, DESK, setUp.broker, "support@example.com");
  const { page, problems, settled } = await openPage(context);
  const { leaks } = watchForSecret(page, token);
  await page.goto("/customers/default/42");
  await page.getByText("Updates ended", { exact: true }).waitFor();
  await page.getByRole("main").getByRole("link", { name: "Can’t install?" }).click();
  await page.getByLabel("Package", { exact: true }).fill("acme/core");
  await page.getByLabel("Version").fill("1.2.0");
  await page.getByRole("button", { name: "Explain" }).click();
  const answer = page.getByRole("region", { name: "The answer" });
  await answer.getByText("They cannot install acme/core v1.2.0").waitFor();
  await answer.getByText(/the updates they bought ended on .* They can install v1\.1\.0\./).waitFor();
  // The address is the question: a colleague who is sent it sees the same.
  await page.reload();
  await answer.getByText("They cannot install acme/core v1.2.0").waitFor();
  await page.getByRole("button", { name: "Renew" }).click();
  const dialog = page.getByRole("dialog", { name: "Renew" });
  await dialog.getByText("+1 year").waitFor();
  await dialog.getByRole("button", { name: "Renew" }).click();
  await dialog.waitFor({ state: "hidden" });
  await answer.getByText("They can install acme/core v1.2.0").waitFor();
  const installed = await project.run(["require", "acme/core:^1.2"]);
  expect(installed.exitCode, installed.output).toBe(0);

  // The buyer reads out the token: it is found, and stands in no address.
  await page.goto("/explain");
  await page.getByLabel("Who").fill(token);
  await page
    .getByRole("main")
    .getByText(`…${token.slice(-4)}`)
    .first()
    .waitFor();
  await page.getByLabel("Package", { exact: true }).fill("acme/checkout");
  await page.getByRole("button", { name: "Explain" }).click();
  await answer.getByText("Nothing that they bought covers acme/checkout.").waitFor();
  expect(page.url()).not.toContain("pbt_");

  // What it requires is asked for, not found out by the buyer.
  await page.getByRole("button", { name: "Add a grant" }).click();
  const form = page.getByRole("dialog", { name: "Add a grant" });
  await form.getByLabel("Order").fill("goodwill/1");
  await form.getByRole("button", { name: "Grant", exact: true }).click();
  await form.waitFor({ state: "hidden" });
  await answer.getByText("They can install acme/checkout").waitFor();
  const both = await project.run(["require", "acme/checkout"]);
  expect(both.exitCode, both.output).toBe(0);

  await page.goto("/customers/default/42");
  await page.getByRole("button", { name: "Actions for line 1 of order goodwill/1" }).click();
  await page.getByRole("menuitem", { name: "Cancel line…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the line" }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.getByText("Cancelled", { exact: true }).waitFor();
  const refused = await project.run(["update"]);
  expect(refused.output).toContain("acme/checkout: your access ended on");
  await settled();
  expect([problems, leaks]).toEqual([[], []]);
  await context.close();
}, 180_000);

test("what a grant requires is told where it is given, and given along with one more press", async () => {
  await call("POST", "/api/tokens", {
    ...{ description: "Bo", access: "customer", metadata: { customer_id: 43, customer_email: "bo@example.com" } },
  });
  const context = await openLoggedIn(browser, DESK, setUp.broker, "support@example.com");
  const { page, problems } = await openPage(context);
  await page.goto("/customers/default/43");
  await page.getByRole("button", { name: "Add a grant" }).click();
  const form = page.getByRole("dialog", { name: "Add a grant" });
  await form.getByLabel("Order").fill("10002");
  await form.getByLabel("Packages").fill("acme/checkout");
  await form.getByRole("button", { name: "Grant", exact: true }).click();
  await form.getByText("acme/checkout requires acme/core, which is not granted to this customer").waitFor();
  await form.getByRole("button", { name: "Grant that along with it" }).click();
  await form.waitFor({ state: "hidden" });
  await page.getByText(/With it, because it requires them: acme\/core/).waitFor();
  expect(await call("GET", "/api/customers/43/grants/default/10002/1")).toMatchObject({
    ...{ packages: ["acme/checkout"], with_dependencies: true, dependencies: ["acme/core"] },
  });
  // A change keeps what it does not name.
  await page.getByRole("button", { name: "Actions for line 1 of order 10002" }).click();
  await page.getByRole("menuitem", { name: "Change…" }).click();
  const change = page.getByRole("dialog", { name: "Change what is granted" });
  await change.getByText("Only some versions, or from a later day").click();
  await change.getByLabel("Version constraint").fill("^^nonsense");
  await change.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => change.getByLabel("Version constraint").getAttribute("aria-invalid")).toBe("true");
  await change.getByLabel("Version constraint").fill("^1.0");
  await change.getByRole("button", { name: "Save" }).click();
  await change.waitFor({ state: "hidden" });
  expect(await call("GET", "/api/customers/43/grants/default/10002/1")).toMatchObject({
    ...{ packages: ["acme/checkout"], constraint: "^1.0", with_dependencies: true, updates_until: null },
  });
  expect(problems.filter((problem) => !problem.includes("status of 400"))).toEqual([]);
  await context.close();
}, 120_000);

test("a webhook is made, tested, hears of a sale, is off once its receiver answers 410, and gets what it missed", async () => {
  await using receiver = await startWebhookReceiver();
  const context = await openLoggedIn(browser, DESK, setUp.broker, "owner@example.com");
  const { page, problems } = await openPage(context);
  await page.goto("/settings/webhooks");
  await page.getByRole("button", { name: "Add webhook" }).click();
  const form = page.getByRole("dialog", { name: "Add webhook" });
  await form.getByLabel("URL").fill(receiver.url);
  await form.getByLabel("Description").fill("CRM");
  await form.getByRole("checkbox", { name: "Every event" }).uncheck();
  await form.getByRole("button", { name: "Add webhook" }).click();
  await form.getByText("Select at least one event.").waitFor();
  await form.getByRole("checkbox", { name: "Tokens: all, token.*" }).check();
  await form.getByRole("button", { name: "Add webhook" }).click();
  const secret = await readSecret(page);
  await page.getByRole("link", { name: "CRM" }).click();
  await page.getByRole("heading", { level: 1, name: "CRM" }).waitFor();
  const messages = page.getByRole("list", { name: "Messages" }).locator("> li");

  await page.getByRole("button", { name: "Send a test" }).click();
  await messages.filter({ hasText: "webhook.test" }).getByText("Delivered").waitFor();
  expect(receiver.received).toMatchObject([{ type: "webhook.test" }]);
  await call("POST", "/api/tokens", { description: "sold", metadata: { customer_id: 44, order_id: "A/1" } });
  await eventually(() => Promise.resolve(receiver.received.length === 2), 10_000);
  expect(receiver.received.at(-1)).toMatchObject({ type: "token.created", data: { customer_id: "44" } });
  for (const message of receiver.received) expect(isSignedBy(secret, message)).toBe(true);
  await page.reload();
  await messages.filter({ hasText: "token.created" }).getByText("customer 44, order A/1").waitFor();

  receiver.behave((response) => response.writeHead(410).end("moved <b>away</b>"));
  await call("POST", "/api/tokens", { description: "missed", metadata: { customer_id: 45 } });
  await eventually(() => Promise.resolve(receiver.received.length === 3), 10_000);
  await eventually(async () => {
    await page.reload();
    await page.getByRole("heading", { level: 1 }).waitFor();
    return await page.getByText("Off, because the receiver answered 410 Gone").isVisible();
  }, 15_000);
  expect(await page.getByRole("button", { name: "Send a test" }).isDisabled()).toBe(true);
  const missed = messages.filter({ hasText: "customer 45" });
  await missed.getByText("Failed").waitFor();
  expect(await missed.getByRole("button", { name: /^Send again/ }).isDisabled()).toBe(true);
  await missed.getByRole("button", { name: /token\.created/, expanded: false }).click();
  await missed.getByText("answered 410: it wants no more, and the webhook was disabled").waitFor();
  await missed.getByText("What it answered is not kept, because it is in a private network.").waitFor();
  await page.goto("/settings/webhooks");
  await page.getByText("Off: answered 410").filter({ visible: true }).waitFor();
  await page.getByRole("link", { name: "CRM" }).click();

  receiver.behave((response) => response.writeHead(204).end());
  await page.getByRole("button", { name: "Turn on" }).click();
  await page.getByText("Off, because the receiver answered 410 Gone").waitFor({ state: "hidden" });
  await missed.getByRole("button", { name: /^Send again/ }).click();
  await messages.first().getByText("Delivered").waitFor();
  expect(receiver.received).toHaveLength(4);
  expect(receiver.received[3]?.id).toBe(receiver.received[2]?.id);

  await page.getByRole("button", { name: "More for CRM" }).click();
  await page.getByRole("menuitem", { name: "Rotate secret…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rotate secret" }).click();
  const newSecret = await readSecret(page);
  await page.getByRole("button", { name: "Send a test" }).click();
  await eventually(() => Promise.resolve(receiver.received.length === 5), 10_000);
  for (const one of [secret, newSecret]) expect(isSignedBy(one, receiver.received.at(-1)!)).toBe(true);
  await page.getByText(/^Two sign every message, the one before until/).waitFor();

  await page.getByRole("button", { name: "More for CRM" }).click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove webhook" }).click();
  await page.getByText("Nobody is told yet").waitFor();
  await call("POST", "/api/tokens", { description: "untold", metadata: { customer_id: 46 } });
  expect(problems).toEqual([]);
  expect(setUp.broker.log()).not.toContain(secret);
  await page.goto("/audit-log");
  await page
    .getByText(/The server.*turned off, because its receiver answered 410, the webhook/)
    .first()
    .waitFor();
  await context.close();
}, 120_000);

/** Out of the dialog that shows it once, which closes only when it was copied. */
async function readSecret(page: Page): Promise<string> {
  const dialog = page.getByRole("dialog", { name: "The signing secret" });
  const secret = await dialog.locator("code").first().innerText();
  expect(secret).toMatch(/^whsec_/);
  await page.keyboard.press("Escape");
  expect(await dialog.getByRole("button", { name: "Done" }).isDisabled()).toBe(true);
  await dialog.getByRole("checkbox", { name: "I have copied it" }).check();
  await dialog.getByRole("button", { name: "Done" }).click();
  await dialog.waitFor({ state: "hidden" });
  return secret;
}
