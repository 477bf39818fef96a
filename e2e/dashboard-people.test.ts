import Database from "better-sqlite3";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { expectInOrder, openBrowser, openContext } from "./support/browser.ts";
import type { View } from "./support/browser.ts";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { PASSWORD, buildDashboard, callAs, logInAt, makeUser, openPage } from "./support/dashboard.ts";

const DESK: View = { theme: "light", width: 1440 };
const PHONE: View = { theme: "dark", width: 390 };

let broker: BrokerProcess;
let browser: Browser;
/** Browsers give passkeys to names only. */
let url: string;

beforeAll(async () => {
  await buildDashboard();
  const port = await freePort();
  url = `http://localhost:${port}`;
  [broker, browser] = await Promise.all([startBroker({ PORT: String(port), PUBLIC_URL: url }), openBrowser()]);
}, 120_000);

afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** As if every session had been confirmed long ago: what the next ten minutes would bring. */
function letProofsGetOld(): void {
  const database = new Database(path.join(broker.dataDir, "package-broker.db"));
  try {
    database.prepare("update sessions set proven_at = created_at - 601").run();
  } finally {
    database.close();
  }
}

/** Chromium's own: a platform authenticator with a finger on it. */
async function addVirtualAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const options = {
    protocol: "ctap2",
    transport: "internal",
    hasResidentKey: true,
    hasUserVerification: true,
  } as const;
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

async function logIn(view: View, email: string, pathname: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await openContext(browser, view, url);
  const { page } = await openPage(context);
  await page.goto(`/login?${new URLSearchParams({ next: pathname }).toString()}`);
  await logInAt(page, email);
  return { context, page };
}

const question = (page: Page) => page.getByRole("dialog", { name: "Confirm that it is you" });

describe("what a session alone cannot do, in the dashboard", () => {
  test.each([DESK, PHONE])("asks once, and goes on with what was typed (%o)", async (view) => {
    const owner = await makeUser(broker, "owner", `asked-${view.theme}@example.com`);
    const { context, page } = await logIn(view, owner, "/settings/users");
    await page.getByRole("button", { name: "Invite user" }).click();
    const email = `jane-${view.theme}@example.com`;
    await page.getByLabel("E-mail", { exact: true }).fill(email);
    letProofsGetOld();
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await question(page).waitFor();
    await expectInOrder(page, "the question");
    const password = question(page).getByLabel("Your password", { exact: true });
    await password.fill("not the password");
    await question(page).getByRole("button", { name: "Confirm" }).click();
    await question(page).getByText("This is not your password.").waitFor();
    await password.fill(PASSWORD);
    await question(page).getByRole("button", { name: "Confirm" }).click();
    await page.getByText(`${url}/invitation#`).first().waitFor();
    expect(await question(page).count()).toBe(0);
    // Not again within ten minutes.
    const made = await callAs(context, "POST", "/api/management-tokens", { name: "shop", scopes: ["tokens:read"] });
    expect(made.status).toBe(201);
    await context.close();
  });

  test("leaves everything as it was when nobody confirms, and another tab goes on after a confirmation", async () => {
    const owner = await makeUser(broker, "owner", "tabs@example.com");
    const { context, page } = await logIn(DESK, owner, "/settings/account");
    const { page: other } = await openPage(context);
    await other.goto("/settings/users");
    await page.getByLabel("Name", { exact: true }).waitFor();
    letProofsGetOld();
    await other.getByRole("button", { name: "Invite user" }).click();
    await other.getByLabel("E-mail", { exact: true }).fill("nobody@example.com");
    await other.getByRole("button", { name: "Invite", exact: true }).click();
    await question(other).getByRole("button", { name: "Cancel" }).click();
    await other.getByText(/Confirm that it is you: send/).waitFor();
    expect(await other.getByLabel("E-mail", { exact: true }).inputValue()).toBe("nobody@example.com");
    await other.getByRole("button", { name: "Invite", exact: true }).click();
    await question(other).getByLabel("Your password", { exact: true }).fill(PASSWORD);
    await question(other).getByRole("button", { name: "Confirm" }).click();
    await other.getByText(`${url}/invitation#`).first().waitFor();
    // Its token against forged requests is one of before.
    await page.getByLabel("Name", { exact: true }).fill("Another Name");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your name is changed").waitFor();
    await context.close();
  });

  test("asks before a download, which comes then", async () => {
    const owner = await makeUser(broker, "owner", "export@example.com");
    const { context, page } = await logIn(DESK, owner, "/audit-log");
    await page.getByRole("button", { name: "Export", exact: true }).waitFor();
    letProofsGetOld();
    await page.getByRole("button", { name: "Export", exact: true }).click();
    await question(page).getByLabel("Your password", { exact: true }).fill(PASSWORD);
    const coming = page.waitForEvent("download");
    await question(page).getByRole("button", { name: "Confirm" }).click();
    const file = await (await coming).path();
    expect(await readFile(file, "utf8")).toContain("session.proven");
    await context.close();
  });
});

describe("passkeys in Chromium", () => {
  test("are added, log in without a password, confirm who sits there, and are removed", async () => {
    const owner = await makeUser(broker, "owner", "passkey@example.com");
    const { context, page } = await logIn(DESK, owner, "/settings/account");
    await addVirtualAuthenticator(context, page);
    await page.getByRole("button", { name: "Add passkey" }).click();
    letProofsGetOld();
    await page.getByRole("dialog").getByLabel("Name", { exact: true }).fill("Test key");
    await page.getByRole("button", { name: "Continue" }).click();
    await question(page).getByLabel("Your password", { exact: true }).fill(PASSWORD);
    await question(page).getByRole("button", { name: "Confirm" }).click();
    await page.getByRole("dialog", { name: "The passkey is added" }).waitFor();
    await expectInOrder(page, "recovery codes of a passkey");
    await page.getByRole("dialog").getByLabel("I have kept them").check();
    await page.getByRole("dialog").getByRole("button", { name: "Done" }).click();
    await page.getByText("Test key").waitFor();

    await callAs(context, "DELETE", "/api/session");
    await page.goto("/login");
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByRole("heading", { level: 1 }).filter({ hasNotText: "Log in" }).waitFor();
    // The password alone does not any more.
    const alone = await context.request.post("/api/session", { data: { email: owner, password: PASSWORD } });
    expect([alone.status(), ((await alone.json()) as { code: string }).code]).toEqual([401, "auth.passkey_required"]);

    await page.goto("/settings/account");
    await page.getByRole("button", { name: "Remove Test key" }).click();
    letProofsGetOld();
    await page.getByRole("button", { name: "Remove passkey" }).click();
    await question(page).getByRole("button", { name: "Use a passkey" }).click();
    await page.getByText("None yet.").waitFor();
    await context.close();
  });

  test("are what whoever must have a second factor is led to", async () => {
    const owner = await makeUser(broker, "owner", "requires@example.com");
    const { context, page } = await logIn(DESK, owner, "/settings/account");
    await addVirtualAuthenticator(context, page);
    await page.getByRole("button", { name: "Add passkey" }).click();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("dialog", { name: "The passkey is added" }).waitFor();
    await page.goto("/settings/users");
    await page.getByLabel("Support").check();
    await page.getByRole("button", { name: "Save changes" }).click();
    await page.getByText("Saved").waitFor();
    await expectInOrder(page, "users");
    await context.close();

    const support = await makeUser(broker, "support", "led@example.com");
    const led = await logIn(PHONE, support, "/packages");
    await led.page.getByRole("heading", { name: "Set up a second factor" }).waitFor();
    await expectInOrder(led.page, "where one is led");
    await addVirtualAuthenticator(led.context, led.page);
    await led.page.getByRole("button", { name: "Add a passkey" }).click();
    await led.page.getByRole("button", { name: "Continue" }).click();
    const codes = led.page.getByRole("dialog", { name: "The passkey is added" });
    await codes.waitFor();
    await codes.getByLabel("I have kept them").check();
    await codes.getByRole("button", { name: "Done" }).click();
    await led.page.getByRole("heading", { name: "Packages", level: 1 }).waitFor();
    await led.context.close();
  });
});
