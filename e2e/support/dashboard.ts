import { execFile } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { BrokerProcess } from "./broker-process.ts";
import { openContext, watchLoading, watchPage } from "./browser.ts";
import type { View } from "./browser.ts";

const SCRIPT = fileURLToPath(new URL("../../script/build-dashboard", import.meta.url));

export const PASSWORD = "correct horse battery staple";

/** As `script/server` does before it starts. */
export async function buildDashboard(): Promise<void> {
  await promisify(execFile)(SCRIPT, ["--if-stale"], { cwd: path.dirname(SCRIPT) });
}

/** Makes a user beside the running server, as an operator does. */
export async function makeUser(broker: BrokerProcess, role: string, email = `${role}@example.com`): Promise<string> {
  const name = `${role.charAt(0).toUpperCase()}${role.slice(1)} Example`;
  await broker.cliOrFail(
    ["user", "create", "--email", email, "--name", name, "--role", role, "--password-stdin"],
    PASSWORD,
  );
  return email;
}

export interface WatchedPage {
  page: Page;
  /** What it must never have, see `watchPage`. */
  problems: string[];
  /** Resolves when everything it asked for is there and shown. */
  settled: () => Promise<void>;
}

/** A page that is watched from its first request on. */
export async function openPage(context: BrowserContext): Promise<WatchedPage> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return { page, ...watchPage(page), ...watchLoading(page) };
}

/** Logs in as a human does, at the form. */
export async function logInAt(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** A context that is logged in. */
export async function openLoggedIn(
  browser: Browser,
  view: View,
  broker: BrokerProcess,
  email: string,
): Promise<BrowserContext> {
  const context = await openContext(browser, view, broker.url);
  const answer = await context.request.post("/api/session", { data: { email, password: PASSWORD } });
  expect(answer.status()).toBe(200);
  return context;
}

/** A call of the API with the session of a context, as the dashboard's own pages make it. */
export async function callAs(
  context: BrowserContext,
  method: string,
  pathname: string,
  data?: unknown,
): Promise<{ status: number; body: unknown }> {
  const session = (await (await context.request.get("/api/session")).json()) as { csrf_token?: string };
  const headers = { "x-csrf-token": session.csrf_token ?? "" };
  const answer = await context.request.fetch(pathname, { method, headers, ...(data === undefined ? {} : { data }) });
  const text = await answer.text();
  return { status: answer.status(), body: text === "" ? undefined : (JSON.parse(text) as unknown) };
}
