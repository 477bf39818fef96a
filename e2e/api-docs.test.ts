import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { VIEWS, axeViolations, openBrowser, openContext, overflowsSideways, watchPage } from "./support/browser.ts";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";

const KEEP_A_FEW = `for (const list of document.querySelectorAll("section, nav > ul"))
  for (const extra of [...list.children].slice(4)) extra.remove();
  for (const extra of [...document.querySelectorAll("section")].slice(3, -2)) extra.remove();`;

let broker: BrokerProcess;
let browser: Browser;

beforeAll(async () => {
  [broker, browser] = await Promise.all([startBroker(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

describe.each(VIEWS)("/api/docs in $theme at $width", (view) => {
  test("reads well, asks nobody else, runs no script and fits its window", { timeout: 120_000 }, async () => {
    const context = await openContext(browser, view, broker.url);
    const page = await context.newPage();
    const { problems } = watchPage(page);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await page.goto("/api/docs");
    expect(await page.title()).toBe("PACKAGE.broker Management API");
    expect(await overflowsSideways(page)).toBe(false);
    expect(problems).toEqual([]);
    expect(requests.filter((path) => path !== "/api/docs")).toEqual([]);
    const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(background).toBe(view.theme === "dark" ? "rgb(17, 20, 24)" : "rgb(255, 255, 255)");
    if (process.env["SHOTS"] !== undefined) {
      const name = `${process.env["SHOTS"]}/docs-${view.theme}-${view.width}`;
      await page.screenshot({ path: `${name}.png` });
      await page.evaluate("document.getElementById('op-createToken').scrollIntoView()");
      await page.screenshot({ path: `${name}-op.png` });
    }
    // What is left is made as the rest is, and axe takes minutes for all of it.
    await page.evaluate(KEEP_A_FEW);
    expect(await axeViolations(page)).toEqual([]);
    await context.close();
  });
});

test("leads from an operation to its schema and its errors, without JavaScript", async () => {
  const context = await browser.newContext({ baseURL: broker.url, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/api/docs");
  const html = await page.content();
  const hrefs = [...html.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
  expect(new Set(ids).size).toBe(ids.length);
  const known = new Set(ids);
  expect([...new Set(hrefs)].filter((href) => !known.has(href))).toEqual([]);
  expect(ids).toEqual(expect.arrayContaining(["op-createToken", "schema-Token", "error-auth.missing", "tag-tokens"]));
  await context.close();
});
