import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BrokerProcess, startBroker } from "./support/broker-process.ts";
import { VIEWS, axeViolations, openBrowser, openContext, overflowsSideways, watchPage } from "./support/browser.ts";
import { cleanEnvironment } from "./support/processes.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";

const PAGES = {
  "/api/docs": "PACKAGE.broker Management API",
  "/api/docs?q=rate_limit": "PACKAGE.broker Management API",
  "/api/docs/tokens": "Tokens · PACKAGE.broker Management API",
  "/docs": "Guides and references · PACKAGE.broker",
  "/docs/use-cases/eshop-extension-vendor": "Selling extensions from an e-shop · PACKAGE.broker",
  "/docs/reference/errors": "Errors of the Management API · PACKAGE.broker",
};

let broker: BrokerProcess;
let browser: Browser;

beforeAll(async () => {
  [broker, browser] = await Promise.all([startBroker(), openBrowser()]);
});
afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
});

describe.each(VIEWS)("the server's own pages in $theme at $width", (view) => {
  test("read well, ask nobody else, run no script and fit their window", { timeout: 120_000 }, async () => {
    const context = await openContext(browser, view, broker.url);
    const page = await context.newPage();
    const { problems } = watchPage(page);
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    for (const [address, title] of Object.entries(PAGES)) {
      await page.goto(address);
      expect(await page.title(), address).toBe(title);
      expect(await overflowsSideways(page), address).toBe(false);
      const background = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      expect(background).toBe(view.theme === "dark" ? "rgb(17, 20, 24)" : "rgb(255, 255, 255)");
      if (process.env["SHOTS"] !== undefined) {
        const name = address.replaceAll(/[^a-z]+/g, "-");
        await page.screenshot({ path: `${process.env["SHOTS"]}/docs${name}-${view.theme}-${view.width}.png` });
      }
      // The articles are made alike, and axe takes minutes for all of them.
      await page.evaluate("for (const extra of [...document.querySelectorAll('article')].slice(2)) extra.remove()");
      expect(await axeViolations(page), address).toEqual([]);
    }
    expect(problems).toEqual([]);
    expect(requests.filter((pathname) => !/^\/(?:api\/)?docs/.test(pathname))).toEqual([]);
    await context.close();
  });
});

async function fetchPage(address: string): Promise<string> {
  const answer = await fetch(broker.url + address);
  expect(answer.status, address).toBe(200);
  return await answer.text();
}

const hrefsIn = (html: string) => [...html.matchAll(/ href="([^"]+)"/g)].map(([, href = ""]) => href);
const idsIn = (html: string) => [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);

/** Every page of the API, by its address. */
async function apiPages(): Promise<Map<string, string>> {
  const index = await fetchPage("/api/docs");
  const addresses = hrefsIn(index).map((href) => href.replace(/#.*$/, ""));
  const pages = new Map([["/api/docs", index]]);
  for (const address of new Set(addresses.filter((one) => one.startsWith("/api/docs/"))))
    pages.set(address, await fetchPage(address));
  return pages;
}

test("lead from a title to its operation, its schema and its errors, without JavaScript", async () => {
  const context = await browser.newContext({ baseURL: broker.url, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/api/docs");
  await page.getByRole("searchbox").fill("revoke token");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("main").locator('a[href$="#op-revokeToken"]').click();
  expect(page.url()).toBe(`${broker.url}/api/docs/tokens#op-revokeToken`);
  await page.getByRole("link", { name: "auth.expired" }).first().click();
  expect(page.url()).toBe(`${broker.url}/docs/reference/errors#auth.expired`);
  await context.close();

  const pages = await apiPages();
  const errors = idsIn(await fetchPage("/docs/reference/errors"));
  for (const [address, html] of pages) {
    const ids = idsIn(html);
    expect(new Set(ids).size, address).toBe(ids.length);
    for (const href of hrefsIn(html)) {
      const [target = "", anchor] = href.split("#");
      const among = target === "/docs/reference/errors" ? errors : idsIn(pages.get(target || address) ?? "");
      if (anchor !== undefined) expect(among, `${address} ${href}`).toContain(anchor);
    }
  }
});

test("shows the shop's operations first, by their titles, and folds what only the dashboard needs", async () => {
  const html = await fetchPage("/api/docs");
  const main = html.slice(html.indexOf("<main"), html.indexOf("</main"));
  const headings = [...main.matchAll(/<h2><a[^>]*>([^<]+)/g)].map(([, text]) => text);
  expect(headings.slice(0, 3)).toEqual(["Tokens", "Grants", "Customers"]);
  expect(main.indexOf(">Create a customer token<")).toBeLessThan(main.indexOf("<details"));
  expect(main.indexOf(">Account<")).toBeGreaterThan(main.indexOf('<details class="folded">'));
});

// Half of the fields that matter to a shop may be null, and their words stood in the variant that is not.
test("tells the meaning of every field that openapi.json tells, also of those that may be null", async () => {
  const html = await fetchPage("/api/docs/schemas");
  const create = html.slice(html.indexOf('id="schema-CreateToken"'));
  const rows = create.slice(0, create.indexOf("</article>")).split("<tr>").slice(2);
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) expect(row).toMatch(/<td>\S/);
  expect(create).toContain("What the shop knows of the sale");
  const cells = [...html.matchAll(/<tr><th scope="row">(.*?)<\/th><td>(.*?)<\/td>/g)];
  const silent = cells.filter(([, , meaning]) => meaning === "").map(([, name = ""]) => name);
  // A field whose type is a schema of its own is told there.
  expect(silent.filter((name) => !name.includes('href="/api/docs/schemas#'))).toEqual([]);
});

/** Runs a program to its end, whatever its exit code is. */
async function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { promise, resolve } = Promise.withResolvers<{ exitCode: number; said: string }>();
  const options = { env: cleanEnvironment(env), timeout: 30_000 };
  execFile(program, [...args], options, (error, stdout, stderr) => {
    resolve({ exitCode: error === null ? 0 : Number(error.code ?? -1), said: stdout + stderr });
  });
  return await promise;
}

describe("the samples", () => {
  const unescaped = (html: string) =>
    html
      .replaceAll(/<[^>]+>/g, "")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&");

  const samplesIn = (html: string) =>
    [...html.matchAll(/<pre data-sample="(\w+)"><code>([^]*?)<\/code><\/pre>/g)].map(
      ([, language = "", code = ""]) => ({ language, code: unescaped(code) }),
    );

  const EXTENSIONS: Record<string, string> = { curl: "sh", php: "php", node: "mjs" };

  test("of every operation are right in their language", { timeout: 120_000 }, async () => {
    await using directory = await makeTemporaryDirectory("samples");
    const files: Record<string, string[]> = { curl: [], php: [], node: [] };
    for (const html of (await apiPages()).values()) {
      for (const { language, code } of samplesIn(html)) {
        const list = files[language] ?? [];
        const file = path.join(directory.path, `${list.length}.${EXTENSIONS[language] ?? ""}`);
        await writeFile(file, code);
        list.push(file);
      }
    }
    const { curl = [], php = [], node = [] } = files;
    expect(curl.length).toBeGreaterThan(90);
    expect([php.length, node.length]).toEqual([curl.length, curl.length]);
    const checks = [
      ...curl.map((file) => ["sh", "-n", file] as const),
      ...php.map((file) => ["php", "-l", file] as const),
      ...node.map((file) => [process.execPath, "--check", file] as const),
    ];
    for (const [program, option, file] of checks) {
      expect(await run(program, [option, file]), file).toMatchObject({ exitCode: 0 });
    }
  });

  test("sell, list and refuse when they are run, and keep the secret out of the command line", async () => {
    await using directory = await makeTemporaryDirectory("samples");
    const token = await broker.cliOrFail([
      ...["management-token", "create", "--name", "shop", "--scopes", "tokens:write,tokens:read"],
    ]);
    const html = await fetchPage("/api/docs/tokens");
    for (const operation of ["createToken", "listTokens", "getToken"]) {
      const article = html.slice(html.indexOf(`id="op-${operation}"`));
      for (const { language, code } of samplesIn(article.slice(0, article.indexOf("</article>")))) {
        const label = `${operation} in ${language}`;
        expect(code, label).not.toContain("pbm_");
        const file = path.join(directory.path, `${operation}.${EXTENSIONS[language] ?? ""}`);
        await writeFile(file, code);
        const program = { curl: "sh", php: "php", node: process.execPath }[language] ?? "";
        const { exitCode, said } = await run(program, [file], { BROKER_TOKEN: token });
        if (operation === "getToken") expect(said, label).toContain("resource.not_found");
        else expect([exitCode, said], label).toEqual([0, expect.stringContaining("readonly")]);
      }
    }
  });
});
