import Database from "better-sqlite3";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { generate } from "otplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { startBroker } from "./support/broker-process.ts";
import type { BrokerProcess } from "./support/broker-process.ts";
import { openBrowser, openContext } from "./support/browser.ts";
import type { View } from "./support/browser.ts";
import { PASSWORD, buildDashboard, callAs, logInAt, makeUser, openLoggedIn, openPage } from "./support/dashboard.ts";
import { startGitHttpServer } from "./support/git-http-server.ts";
import type { GitHttpServer } from "./support/git-http-server.ts";
import { GitRepository } from "./support/git-repository.ts";
import { runToolOrFail } from "./support/processes.ts";
import { eventually } from "./support/vendor-shop.ts";
import { makeTemporaryDirectory } from "./support/temporary-directory.ts";
import type { TemporaryDirectory } from "./support/temporary-directory.ts";

const DESK: View = { theme: "light", width: 1440 };
const COOKIE = "package_broker_session";

/** Markup that says so when it is taken for markup, and asks another host for a picture. */
const MARKUP = `"'><img src=x onerror=window.__xss=1><svg onload=window.__xss=2></svg><img src=//evil.example/p.png>`;
/** The same where neither spaces nor much else is possible. */
const DENSE_MARKUP = "<svg/onload=window.__xss=3>";

const HOSTILE_README = `# ${MARKUP}

${MARKUP}

<script>window.__xss = 4</script>
<iframe src="javascript:window.parent.__xss=5"></iframe>
<style>@import "http://evil.example/style.css"; h1 { background: url(http://evil.example/h1.png) }</style>
<meta http-equiv="refresh" content="0;url=http://evil.example/">
<form action="http://evil.example/"><button>Go</button></form>

[a](javascript:window.__xss=6) [b](JaVaScRiPt:window.__xss=6) [c](java&#x09;script:window.__xss=6)
[d](&#106;avascript:window.__xss=6) [e](data:text/html,<script>window.__xss=7</script>) [f](vbscript:x) [g][ref]
[h](//evil.example/x) [i](/api/session) [j]( javascript:window.__xss=6 ) [k](<java
script:window.__xss=6>) [outward](https://example.org/docs)
<javascript:window.__xss=8> javascript:window.__xss=8 www.example.org <data:text/html;base64,PHNjcmlwdD4=>

[ref]: javascript:window.__xss=9 "${MARKUP.replaceAll('"', "")}"

![picture](http://evil.example/picture.png) ![data](data:image/svg+xml,%3Csvg%20onload=%22window.__xss=10%22%3E)
![script](javascript:window.__xss=11) [![badge](https://evil.example/badge.svg)](javascript:window.__xss=12)

| a | b |
|---|---|
| ${MARKUP.replaceAll("|", "")} | [x](javascript:window.__xss=13) |

- [ ] ${MARKUP}

\`\`\`html
${MARKUP}
\`\`\`
`;

let directory: TemporaryDirectory;
let git: GitHttpServer;
let broker: BrokerProcess;
let browser: Browser;
let owner: string;
let attacker: ForeignSite;
let made: Planted;
let hostileReceiver: ForeignSite;

beforeAll(async () => {
  directory = await makeTemporaryDirectory("attacks");
  // A server shows what is built when it starts.
  await buildDashboard();
  [browser, attacker, hostileReceiver] = await Promise.all([openBrowser(), openForeignSite(), openHostileReceiver()]);
  await buildHostileRepository(path.join(directory.path, "evil.git"));
  git = await startGitHttpServer({ root: directory.path });
  broker = await startBroker({ TRUSTED_PROXIES: "127.0.0.1" });
  owner = await makeUser(broker, "owner");
  const context = await asOwner();
  await callAs(context, "PATCH", "/api/settings", { setup_finished_at: 1_750_000_000 });
  made = await plant(context);
  await makeUser(broker, "viewer", "planter@example.com");
  await context.close();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await broker[Symbol.asyncDispose]();
  await Promise.all([git.close(), attacker.close(), hostileReceiver.close()]);
  await directory.remove();
});

const asOwner = () => openLoggedIn(browser, DESK, broker, owner);

async function buildHostileRepository(at: string): Promise<void> {
  const repository = await GitRepository.create(at);
  const manifest = {
    name: "acme/evil",
    description: MARKUP,
    type: "library",
    license: MARKUP,
    homepage: "javascript:window.__xss=20",
    keywords: [MARKUP],
    authors: [{ name: MARKUP, email: MARKUP, homepage: "javascript:window.__xss=21" }],
    support: { issues: "javascript:window.__xss=22", docs: "data:text/html,<script>window.__xss=22</script>" },
    funding: [{ type: MARKUP, url: "javascript:window.__xss=23" }],
    require: { php: ">=8.1", "acme/core": "^1.0 || ^2.0" },
    suggest: { "acme/core": MARKUP },
    abandoned: MARKUP,
  };
  const files = (changes: object = {}) => ({
    "composer.json": JSON.stringify({ ...manifest, ...changes }),
    "README.md": HOSTILE_README,
  });
  repository.commit(files(), { message: MARKUP });
  repository.tag("1.0.0", { annotated: true });
  repository.tag(`1.1.0${DENSE_MARKUP}`);
  repository.branch(`feature/${DENSE_MARKUP}`);
  repository.commit(files(), { message: MARKUP });
  repository.branch("broken");
  repository.commit(files({ name: MARKUP }));
  repository.tag("2.0.0");
  repository.commit(files({ require: { [MARKUP]: MARKUP } }));
  repository.tag("2.1.0");
  repository.commit({ ...files(), "composer.json": MARKUP });
  repository.tag("2.2.0");
  repository.commit(files({ version: MARKUP }));
  repository.tag("2.3.0");
  repository.branch("main");
  await repository.write();
}

function suspectSharing(token: string): void {
  const db = new Database(path.join(broker.dataDir, "package-broker.db"), { timeout: 10_000 });
  const now = Math.floor(Date.now() / 1000);
  db.prepare("insert into token_sharing (token, suspected_at, networks, days) values (?, ?, 41, 7)").run(token, now);
  db.close();
}

interface ForeignSite {
  readonly url: string;
  close(): Promise<void>;
}

/** Another port of the same address: to a browser the same site, so that no SameSite attribute protects from it. */
async function openForeignSite(): Promise<ForeignSite> {
  const server = http.createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>A page of somebody else</title><h1>You have won</h1>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Whoever gets our messages says what he likes in his answers. */
async function openHostileReceiver(): Promise<ForeignSite> {
  const server = http.createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(500, MARKUP, { "content-type": "text/html", "x-powered-by": DENSE_MARKUP });
      response.end(MARKUP);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/${encodeURIComponent(DENSE_MARKUP)}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

describe("text of others", () => {
  // A customer's order, a colleague's name or a developer's branch must never act with an owner's session.
  test("is shown as text on every page: no script, no foreign request, no address that runs something", async () => {
    const context = await asOwner();
    const { page, problems, settled } = await openPage(context);
    page.on("dialog", (dialog) => {
      problems.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const shown: string[] = [];
    for (const address of made.pages) {
      await page.goto(address);
      await settled();
      if (address.startsWith("/audit-log")) await openEveryRecord(page);
      if (address.startsWith("/settings/webhooks/")) {
        const message = page.getByRole("button", { name: "webhook.test", expanded: false });
        await message.click();
        await page.getByText("onerror=").first().waitFor();
      }
      if (address.startsWith("/sources/")) await page.getByText("svg/onload").first().waitFor();
      const findings = await page.evaluate<{ xss: unknown; bad: string[]; text: string }>(LOOK_AROUND);
      expect([address, findings.xss, findings.bad]).toEqual([address, null, []]);
      if (findings.text.includes("onerror=") || findings.text.includes("svg/onload")) shown.push(address);
    }
    await lookIntoDialogsOfGrants(page, settled);
    await page.goto("/explain");
    await page.getByLabel("Who").fill(MARKUP);
    await page.getByRole("list", { name: "Found" }).waitFor();
    expect((await page.evaluate<{ bad: string[] }>(LOOK_AROUND)).bad).toEqual([]);
    await page.goto("/customers");
    await settled();
    await page.keyboard.press("/");
    await page.getByRole("dialog").getByRole("combobox").fill(MARKUP.slice(0, 60));
    await settled();
    expect(await page.evaluate("window.__xss ?? null")).toBeNull();
    // Some of the addresses are of what is not there, or ask what is no question.
    const expected = /status of 404 .*\/api\/(?:packages|tokens)\/%3C|status of 400 .*\/api\/access\/explain/;
    expect(problems.filter((problem) => !expected.test(problem))).toEqual([]);
    // Otherwise nothing would have been tried.
    expect(shown).toEqual(expect.arrayContaining(made.pagesThatShowIt));
    await context.close();

    await page.close();
    const elsewhere = await browser.newPage();
    await elsewhere.goto(attacker.url);
    await elsewhere.evaluate(`document.body.innerHTML = ${JSON.stringify(MARKUP)}`);
    await elsewhere.waitForFunction("window.__xss !== undefined");
    await elsewhere.close();
  }, 120_000);

  test("is refused where an address of a support page would run something", async () => {
    const context = await asOwner();
    for (const support_url of ["javascript:alert(1)", "data:text/html,x", " JavaScript:alert(1)", "//evil.example"]) {
      expect((await callAs(context, "PATCH", "/api/settings", { support_url })).status).toBe(400);
    }
    await context.close();
  });
});

/** What a page must not have, whatever it shows. */
const LOOK_AROUND = `(() => {
  const bad = [];
  for (const link of document.querySelectorAll("a[href], area[href]")) {
    if (!["http:", "https:", "mailto:"].includes(link.protocol)) bad.push("link to " + link.href);
    if (link.origin !== location.origin && link.target === "_blank" && !/noopener|noreferrer/.test(link.rel)) bad.push("opens a foreign page with itself");
  }
  for (const element of document.querySelectorAll("iframe, object, embed, base, meta[http-equiv], #root style, #root script, form[action]"))
    bad.push(element.outerHTML.slice(0, 100));
  for (const image of document.querySelectorAll("img, image, source, video, audio"))
    if (new URL(image.currentSrc || image.src || image.href?.baseVal || "/", location.href).origin !== location.origin)
      bad.push(image.outerHTML.slice(0, 100));
  for (const element of document.querySelectorAll("#root *"))
    for (const { name } of element.attributes) if (name.startsWith("on")) bad.push("handler " + name);
  return { xss: window.__xss ?? null, bad, text: document.body.innerText };
})()`;

/** Order ids and packages stand in the titles, the texts and the fields of dialogs. */
async function lookIntoDialogsOfGrants(page: Page, settled: () => Promise<void>): Promise<void> {
  await page.goto(`/customers/default/${encodeURIComponent(MARKUP)}`);
  await settled();
  for (const [menu, item] of [
    [/^Actions for line "'/, "Change…"],
    [/^Actions for line "'/, "Cancel line…"],
    [/^Actions for order "'/, "Cancel order…"],
  ] as const) {
    await page.getByRole("button", { name: menu }).click();
    await page.getByRole("menuitem", { name: item }).click();
    await page.getByRole("dialog").getByText("onerror=").first().waitFor();
    await settled();
    const { xss, bad } = await page.evaluate<{ xss: unknown; bad: string[] }>(LOOK_AROUND);
    expect([item, xss, bad]).toEqual([item, null, []]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  }
}

async function openEveryRecord(page: Page): Promise<void> {
  const closed = page.getByRole("button", { name: "Show details" });
  for (let left = await closed.count(); left > 0; left--) await closed.first().click();
}

interface Planted {
  pages: string[];
  pagesThatShowIt: string[];
}

/** Puts markup wherever somebody else's text goes, and says which pages show what came of it. */
async function plant(context: BrowserContext): Promise<Planted> {
  const make = async (method: string, pathname: string, body: unknown) => {
    const answer = await callAs(context, method, pathname, body);
    expect([pathname, answer.status, answer.body]).toEqual([pathname, expect.toBeOneOf([200, 201, 202]), answer.body]);
    return answer.body as { id: string };
  };
  await make("PATCH", "/api/settings", { vendor_name: MARKUP, support_url: `https://evil.example/?q=${MARKUP}` });
  await make("PATCH", "/api/account", { name: MARKUP });
  await make("POST", "/api/invitations", { email: "a'=`1`@example.com", name: MARKUP, role: "support" });
  const evil = { url: `${git.url}/evil.git`, name: MARKUP, filters: [], branches: "all" };
  const source = await make("POST", "/api/sources", evil);
  await broker.cliOrFail(["source", "sync", "--all"]);
  await make("POST", "/api/management-tokens", { name: MARKUP, scopes: ["tokens:write"] });
  const sell = async (body: object) => (await make("POST", "/api/tokens", body)) as { id: string; token: string };
  const sale = { allowed_package_prefixes: ["acme/"], description: MARKUP };
  const token = await sell({
    ...sale,
    metadata: { customer_id: MARKUP, customer_email: MARKUP, order_id: MARKUP, [MARKUP]: MARKUP },
  });
  for (const customer_id of [
    "../../settings",
    "javascript:window.__xss=30",
    "//evil.example/",
    "..",
    "%2e%2e%2f?x#y",
  ]) {
    await make("POST", "/api/tokens", { ...sale, metadata: { customer_id, customer_email: "x@example.com" } });
  }
  await make("PATCH", `/api/tokens/${token.id}`, { description: `${MARKUP} changed` });
  const webhook = await plantCare(context, make);
  // Whoever logs in, or is refused, says what their program is called and where they are.
  const headers = { "user-agent": MARKUP, "x-forwarded-for": MARKUP };
  await fetch(`${broker.url}/packages.json`, { headers: { ...headers, authorization: "Basic eDp5" } });
  await fetch(`${broker.url}/api/tokens`, { headers: { ...headers, authorization: `Bearer ${DENSE_MARKUP}` } });
  // A token of a hostile customer that looks shared, used from wherever a header says.
  await fetch(`${broker.url}/packages.json`, {
    headers: { ...headers, authorization: `Basic ${Buffer.from(`token:${token.token}`).toString("base64")}` },
  });
  suspectSharing(token.id);
  const login = JSON.stringify({ email: owner, password: PASSWORD });
  const json = { "content-type": "application/json" };
  await fetch(`${broker.url}/api/session`, { method: "POST", headers: { ...headers, ...json }, body: login });
  const customer = (id: string) => `/customers/default/${encodeURIComponent(id)}`;
  const pagesThatShowIt = [
    ...["/", "/customers", "/tokens", "/packages", "/packages/acme/evil", "/sources", `/sources/${source.id}`],
    ...["/audit-log", "/settings/api-tokens", "/settings/users", "/settings/account", "/install"],
    ...["/settings/webhooks", `/settings/webhooks/${webhook}`],
    `/explain?shop=default&customer=${encodeURIComponent(MARKUP)}&token=grants&package=acme/evil`,
    `/explain?token=${token.id}&package=acme/evil&version=1.0.0`,
    `/explain?token=${token.id}&package=${encodeURIComponent(MARKUP)}`,
    ...["/usage", `/tokens/${token.id}`, customer(MARKUP), `/tokens?q=${encodeURIComponent(MARKUP)}`],
  ];
  return {
    pagesThatShowIt: pagesThatShowIt.filter((one) => one !== "/tokens?q=" + encodeURIComponent(MARKUP)),
    pages: [
      ...pagesThatShowIt,
      ...["/packages/acme/evil/versions", "/packages/acme/evil/requirements", "/packages/acme/evil/access"],
      ...["/packages/acme/evil/downloads", "/settings", "/audit-log?action=token.*", customer("../../settings")],
      ...[customer("javascript:window.__xss=30"), customer("//evil.example/"), customer("%2e%2e%2f?x#y")],
      ...["/tokens?status=%3Cscript%3E", "/customers?q=javascript:window.__xss=31", `/audit-log?q=${DENSE_MARKUP}`],
      `/packages/${encodeURIComponent(DENSE_MARKUP)}/x`,
      ...[customer(AWKWARD_ID), `/explain?shop=default&customer=${encodeURIComponent(AWKWARD_ID)}&package=acme/evil`],
      ...[
        `/explain?token=${encodeURIComponent(DENSE_MARKUP)}&package=acme/evil`,
        "/explain?package=javascript:alert(1)",
      ],
      `/explain?token=${token.id}&package=acme/evil&version=${encodeURIComponent(DENSE_MARKUP)}`,
    ],
  };
}

/** A slash, a letter that is no ASCII, and what turns the direction of reading. */
const AWKWARD_ID = "acme/42 ж \u202e?x#y%2f";

/** Of receivers in private networks, as here, no answer is kept. */
function answerAsFromPublicAddress(webhook: string): void {
  const db = new Database(path.join(broker.dataDir, "package-broker.db"), { timeout: 10_000 });
  const attempt = { at: 1_750_000_000, status: 500, duration_ms: 3, error: `could not be reached: ${MARKUP}` };
  db.prepare(
    "update webhook_deliveries set state = 'failed', response = ?, response_withheld = null, attempts = ? where webhook = ?",
  ).run(`\u202e${MARKUP}\u001b[31m${DENSE_MARKUP}`, JSON.stringify([attempt]), webhook);
  db.close();
}

/** Order lines and a webhook; returns the webhook's id, once its receiver has answered. */
async function plantCare(
  context: BrowserContext,
  make: (method: string, pathname: string, body: unknown) => Promise<{ id: string }>,
): Promise<string> {
  for (const [customer, order, line] of [
    [MARKUP, MARKUP, MARKUP],
    [MARKUP, "../../settings", "javascript:window.__xss=32"],
    [AWKWARD_ID, "a/b?c#d", "%2e%2e"],
  ] as const) {
    const address = [customer, "grants", "default", order, line].map(encodeURIComponent).join("/");
    await make("PUT", `/api/customers/${address}`, { package: "acme/evil", constraint: "<3.0" });
  }
  const hook = { url: hostileReceiver.url, events: ["*"], description: MARKUP };
  const { id } = await make("POST", "/api/webhooks?shop=default", hook);
  await make("POST", `/api/webhooks/${id}/test`, {});
  await eventually(async () => {
    const { body } = await callAs(context, "GET", `/api/webhooks/${id}/deliveries?limit=5`);
    return (body as { attempts: unknown[] }[]).some(({ attempts }) => attempts.length > 0);
  }, 10_000);
  answerAsFromPublicAddress(id);
  return id;
}

describe("a page of another site", () => {
  test("changes nothing with a request of any kind, and reads nothing, while somebody is logged in", async () => {
    const context = await asOwner();
    const before = everythingIn(broker);
    for (const table of ["users", "tokens", "sources", "sessions"]) expect(before[table]).not.toEqual([]);
    const page = await context.newPage();
    await page.goto(attacker.url);
    const calls = await everyChange();
    expect(calls.length).toBeGreaterThan(30);
    const read = await page.evaluate<string[]>(`(${ATTACK})(${JSON.stringify({ url: broker.url, calls })})`);
    expect(read).toEqual([]);
    for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      for (const { pathname } of calls.filter(({ method }) => method === "POST")) {
        await submitForm(page, broker.url + pathname, enctype);
      }
    }
    expect(everythingIn(broker)).toEqual(before);
    // The same session changes things when it is asked by its own page.
    expect((await callAs(context, "PATCH", "/api/settings", { vendor_name: "Acme" })).status).toBe(200);
    expect(everythingIn(broker)).not.toEqual(before);
    await context.close();
  }, 60_000);

  test("logs nobody in, neither who is logged out nor who is somebody else", async () => {
    await makeUser(broker, "viewer", "mallory@example.com");
    const credentials = JSON.stringify({ email: "mallory@example.com", password: PASSWORD });
    for (const context of [await openContext(browser, DESK, broker.url), await asOwner()]) {
      const before = await context.cookies(broker.url);
      const page = await context.newPage();
      await page.goto(attacker.url);
      for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
        for (const mode of ["no-cors", "cors"]) {
          const init = { method: "POST", credentials: "include", mode, headers: { "content-type": type } };
          await page.evaluate(
            `fetch(${JSON.stringify(`${broker.url}/api/session`)}, ${JSON.stringify({ ...init, body: credentials })}).catch(() => 0)`,
          );
        }
      }
      await submitForm(page, `${broker.url}/api/session`, "text/plain", credentials);
      expect(await context.cookies(broker.url)).toEqual(before);
      await context.close();
    }
  });

  test("cannot show the dashboard inside itself", async () => {
    const context = await asOwner();
    const page = await context.newPage();
    await page.goto(attacker.url);
    for (const [tag, attribute] of [
      ["iframe", "src"],
      ["object", "data"],
    ] as const) {
      for (const target of ["/", "/login", "/install", "/tokens"]) {
        await page.evaluate(`new Promise((done) => {
          const frame = document.createElement("${tag}");
          frame.onload = frame.onerror = done;
          frame.setAttribute("${attribute}", ${JSON.stringify(broker.url + target)});
          document.body.replaceChildren(frame);
        }).then(() => undefined)`);
        const inside = page.frames().slice(1);
        if (tag === "iframe") expect(inside.map((frame) => frame.url())).toEqual(["chrome-error://chromewebdata/"]);
        else expect(inside.filter((frame) => frame.url().startsWith(broker.url))).toEqual([]);
      }
    }
    await context.close();
  });
});

/** What can be asked for with a side effect, with ids that exist. */
async function everyChange(): Promise<{ method: string; pathname: string; body: unknown }[]> {
  const document = JSON.parse(await readFile(new URL("../openapi.json", import.meta.url), "utf8")) as {
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: { $ref?: string } }> } }>>;
    components: { schemas: Record<string, { examples?: unknown[] }> };
  };
  const rows = everythingIn(broker);
  const idOf = (table: string) => (rows[table]?.[0] as { id: string } | undefined)?.id ?? "";
  const ids: Record<string, string> = {
    ...{ tokens: idOf("tokens"), "management-tokens": idOf("management_tokens"), sources: idOf("sources") },
    ...{ users: idOf("users"), account: idOf("sessions"), customers: encodeURIComponent("..%2f") },
  };
  const changes: { method: string; pathname: string; body: unknown }[] = [];
  for (const [template, operations] of Object.entries(document.paths)) {
    const noun = template.split("/")[2] ?? "";
    const pathname = template
      .replace("{vendor}/{name}/versions/{version}", "acme/evil/versions/1.0.0")
      .replaceAll(/\{\w+\}/g, ids[noun] ?? "none");
    for (const [method, { requestBody }] of Object.entries(operations)) {
      if (method === "get") continue;
      const schema = requestBody?.content["application/json"]?.schema.$ref?.split("/").at(-1) ?? "";
      const body = document.components.schemas[schema]?.examples?.[0] ?? {};
      changes.push({ method: method.toUpperCase(), pathname, body });
    }
  }
  return changes;
}

/** Sends each call in all the ways a script has; says which answers it could read. */
const ATTACK = `async ({ url, calls }) => {
  const read = [];
  const send = async (method, pathname, init) => {
    const answer = await fetch(url + pathname, { method, credentials: "include", ...init }).catch(() => undefined);
    if (answer !== undefined && answer.type !== "opaque") read.push(method + " " + pathname + ": " + answer.status);
  };
  for (const { method, pathname, body } of calls) {
    const text = JSON.stringify(body);
    await send(method, pathname, { body: text, headers: { "content-type": "application/json" } });
    await send(method, pathname, { body: text, headers: { "content-type": "application/json", "x-csrf-token": "x" } });
    if (method !== "POST") continue;
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "text/plain;application/json"])
      await send(method, pathname, { body: text, mode: "no-cors", headers: { "content-type": type } });
    await send(method, pathname, { mode: "no-cors" });
    navigator.sendBeacon(url + pathname, new Blob([text], { type: "text/plain" }));
  }
  for (const pathname of ["/api/session", "/api/tokens", "/api/users", "/api/audit-events/export"]) await send("GET", pathname, {});
  return read;
}`;

/** A form that goes into a frame of the page, as a hidden one would. */
async function submitForm(
  page: Page,
  action: string,
  enctype: string,
  text = '{"name":"x","scopes":[]}',
): Promise<void> {
  const answered = page.waitForResponse((response) => response.url() === action);
  await page.evaluate(`(() => {
    const frame = document.createElement("iframe");
    frame.name = "hidden";
    const form = Object.assign(document.createElement("form"), { method: "post", target: "hidden" });
    form.setAttribute("action", ${JSON.stringify(action)});
    form.setAttribute("enctype", ${JSON.stringify(enctype)});
    const field = Object.assign(document.createElement("input"), { name: ${JSON.stringify(`${text.slice(0, -1)},"x":"`)}, value: '"}' });
    form.append(field);
    document.body.replaceChildren(frame, form);
    form.submit();
  })()`);
  expect((await answered).status()).toBeGreaterThanOrEqual(400);
}

/** All that a request could have changed, beside what was refused. */
function everythingIn({ dataDir }: BrokerProcess): Record<string, unknown[]> {
  const db = new Database(path.join(dataDir, "package-broker.db"), { readonly: true });
  const rows: Record<string, unknown[]> = {
    audit_events: db.prepare("select id from audit_events where action <> 'credential.refused' order by id").all(),
    sessions: db.prepare("select id, secret_hash from sessions order by id").all(),
    sources: db.prepare("select id, name, url, filters, username from sources order by id").all(),
  };
  for (const table of ["tokens", "management_tokens", "users", "settings", "customers", "grants", "one_time_links"]) {
    rows[table] = db.prepare(`select * from ${table} order by 1`).all();
  }
  db.close();
  return rows;
}

describe("a session", () => {
  const cookiesOf = async (context: BrowserContext) =>
    (await context.cookies(broker.url)).filter(({ name }) => name === COOKIE);
  const whoIs = async (context: BrowserContext) =>
    ((await (await context.request.get("/api/session")).json()) as { user: { email: string } | null }).user?.email;

  test("is never the one that was planted before the log-in, which works for nobody afterwards", async () => {
    const planter = await openLoggedIn(browser, DESK, broker, "planter@example.com");
    const [own] = await cookiesOf(planter);
    for (const value of ["A".repeat(43), own?.value ?? ""]) {
      const victim = await openContext(browser, DESK, broker.url);
      const { page } = await openPage(victim);
      await page.goto("/login");
      await page.getByLabel("E-mail address").waitFor();
      // Planted while the form is open: a session that works would lead past it.
      await victim.addCookies([{ name: COOKIE, value, url: broker.url }]);
      await logInAt(page, owner);
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
      expect(await whoIs(victim)).toBe(owner);
      const cookies = await cookiesOf(victim);
      expect(cookies.map((cookie) => cookie.value)).not.toContain(value);
      expect(cookies).toHaveLength(1);
      await victim.close();
      expect(await whoIs(planter)).toBe(value === own?.value ? undefined : "planter@example.com");
    }
    await planter.close();
  });

  test("is nobody's where a second cookie was slipped in beside it", async () => {
    const planter = await openLoggedIn(browser, DESK, broker, "planter@example.com");
    const [own] = await cookiesOf(planter);
    const victim = await asOwner();
    await victim.addCookies([{ name: COOKIE, value: own?.value ?? "", domain: "127.0.0.1", path: "/api" }]);
    expect(await whoIs(victim)).toBeUndefined();
    await Promise.all([victim.close(), planter.close()]);
  });

  test("is in a cookie that no script reads and no other site's request carries; over TLS bound to the host", async () => {
    const context = await asOwner();
    expect(await cookiesOf(context)).toMatchObject([{ httpOnly: true, sameSite: "Strict", secure: false, path: "/" }]);
    const { page } = await openPage(context);
    await page.goto("/");
    expect(await page.evaluate("document.cookie")).toBe("");
    await context.close();

    const files = { certFile: path.join(directory.path, "cert.pem"), keyFile: path.join(directory.path, "key.pem") };
    await runToolOrFail("openssl", [
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"],
      ...["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", files.keyFile, "-out", files.certFile],
    ]);
    await using encrypted = await startBroker({ TLS_CERT: files.certFile, TLS_KEY: files.keyFile });
    await makeUser(encrypted, "owner");
    const overTls = await browser.newContext({ baseURL: encrypted.url, ignoreHTTPSErrors: true });
    const watched = await openPage(overTls);
    await watched.page.goto("/login");
    await logInAt(watched.page, owner);
    await watched.page.waitForURL("**/setup");
    const bound = { httpOnly: true, sameSite: "Strict", secure: true, path: "/", domain: "127.0.0.1" };
    // Of the session, and the one by which the browser is known.
    const cookies = await overTls.cookies();
    expect(cookies).toMatchObject([bound, bound]);
    for (const { name } of cookies) expect(name).toMatch(/^__Host-package_broker_/);
    expect(cookies.map(({ name }) => name)).toContain(`__Host-${COOKIE}`);
    expect(watched.problems).toEqual([]);
    await overTls.close();
  }, 60_000);

  test("of a user who was removed shows the log-in with the next request, and follows no sync any more", async () => {
    const email = await makeUser(broker, "support", "leaver@example.com");
    const leaver = await openLoggedIn(browser, DESK, broker, email);
    const boss = await asOwner();
    const { page, settled } = await openPage(leaver);
    const [source] = everythingIn(broker)["sources"] as { id: string }[];
    const stream = page.waitForResponse((response) => response.url().endsWith("/progress"));
    await page.goto(`/sources/${source?.id ?? ""}`);
    expect((await stream).status()).toBe(200);
    await settled();
    const users = (await callAs(boss, "GET", "/api/users")).body as { id: string; email: string }[];
    const { id } = users.find((user) => user.email === email) ?? { id: "" };
    expect((await callAs(boss, "DELETE", `/api/users/${id}`)).status).toBe(200);
    expect((await leaver.request.get(`/api/sources/${source?.id ?? ""}/progress`)).status()).toBe(401);
    await page.getByRole("link", { name: "Tokens", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "Log in" }).waitFor();
    expect(await page.getByRole("navigation", { name: "Main" }).count()).toBe(0);
    await logInAt(page, email);
    await page.getByRole("alert").waitFor();
    await Promise.all([leaver.close(), boss.close()]);
  });
});

describe("the log-in", () => {
  // Whoever sends a link to the real log-in must not decide where one is with a fresh session.
  test.each([
    ...["//evil.example", "/\\evil.example", "https://evil.example", "javascript:window.__xss=1", "/%2F/evil.example"],
    ...["%2F%2Fevil.example", "%5C%5Cevil.example", "/\t/evil.example", "/\n/evil.example", "\\\\evil.example"],
    ...["/./\\evil.example", "/..//evil.example", "data:text/html,<script>window.__xss=1</script>", "///evil.example"],
    ...["http:evil.example", "https:/evil.example", "/tokens/..//evil.example", "//evil.example@127.0.0.1/"],
  ])("stays on this server with next=%j", async (next) => {
    const context = await openContext(browser, DESK, broker.url);
    const { page, problems } = await openPage(context);
    const isRaw = next.startsWith("%") || next.includes("%2F");
    await page.goto(`/login?next=${isRaw ? next : encodeURIComponent(next)}`);
    await logInAt(page, owner);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await page.waitForLoadState();
    expect(new URL(page.url()).origin).toBe(broker.url);
    expect(await page.evaluate("window.__xss ?? null")).toBeNull();
    expect(problems).toEqual([]);
    await context.close();
  });

  test("takes a code once, and a recovery code once, and says so in words", async () => {
    const email = await makeUser(broker, "admin", "careful@example.com");
    const context = await openLoggedIn(browser, DESK, broker, email);
    const started = await callAs(context, "POST", "/api/account/totp", { current_password: PASSWORD });
    const { secret } = started.body as { secret: string };
    // The one before is taken too, because clocks differ: so the present one is still unused.
    const codeOf = (step: number) => generate({ secret, epoch: Math.floor(Date.now() / 1000) + 30 * step });
    const confirmed = await callAs(context, "POST", "/api/account/totp/confirm", { code: await codeOf(-1) });
    const [recovery = ""] = (confirmed.body as { recovery_codes: string[] }).recovery_codes;
    await context.close();

    const enter = async (code: string, kind: "authenticator" | "recovery") => {
      const fresh = await openContext(browser, DESK, broker.url);
      const { page } = await openPage(fresh);
      await page.goto("/login");
      await logInAt(page, email);
      if (kind === "recovery") await page.getByRole("button", { name: "Use a recovery code instead" }).click();
      await page.getByLabel(kind === "recovery" ? "Recovery code" : "Code from your authenticator").fill(code);
      await page.getByRole("button", { name: "Log in" }).click();
      const inside = page.getByRole("navigation", { name: "Main" });
      const refused = page.getByText(/was used already/);
      await inside.or(refused).first().waitFor();
      const isInside = (await inside.count()) > 0;
      await fresh.close();
      return isInside;
    };
    const code = await codeOf(0);
    expect(await enter(code, "authenticator")).toBe(true);
    expect(await enter(code, "authenticator")).toBe(false);
    expect(await enter(recovery, "recovery")).toBe(true);
    expect(await enter(recovery, "recovery")).toBe(false);
  }, 60_000);

  // Otherwise whoever knows the log-in page switches off every customer's deployments.
  test("under a storm of wrong passwords holds up neither composer nor who is logged in, and ends by itself", async () => {
    const context = await asOwner();
    const sale = { description: "storm", allowed_package_prefixes: ["acme/"] };
    const { token } = (await callAs(context, "POST", "/api/tokens", sale)).body as { token: string };
    const composer = { authorization: `Basic ${Buffer.from(`token:${token}`).toString("base64")}` };
    const target = await makeUser(broker, "support", "target@example.com");
    const logIn = (email: string, password: string, address: string) =>
      fetch(`${broker.url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-forwarded-for": address },
        body: JSON.stringify({ email, password }),
      });
    const over = new AbortController();
    const storm = Promise.all(
      Array.from({ length: 200 }, async (_unused, index) => {
        const email = index % 2 === 0 ? target : `guess-${String(index)}@example.com`;
        return (await logIn(email, `wrong password ${String(index)}`, `203.0.113.${String(1 + (index % 8))}`)).status;
      }),
    ).finally(() => over.abort());
    const waits: number[] = [];
    while (!over.signal.aborted) {
      const startedAt = performance.now();
      const [metadata, list] = await Promise.all([
        fetch(`${broker.url}/packages.json`, { headers: composer }),
        context.request.get("/api/tokens"),
      ]);
      expect([metadata.status, list.status()]).toEqual([200, 200]);
      waits.push(performance.now() - startedAt);
    }
    const answers = await storm;
    expect(waits.length).toBeGreaterThan(0);
    expect(Math.max(...waits)).toBeLessThan(3000);
    expect(new Set(answers)).toEqual(new Set([401, 429]));
    // Of a hundred guesses at one account at once, from eight networks, five of each were compared.
    expect(answers.filter((status, index) => index % 2 === 0 && status === 401).length).toBeLessThanOrEqual(40);
    // Its owner gets in from elsewhere, after the wait that the answer names.
    let answer = await logIn(target, PASSWORD, "198.51.100.7");
    for (let tries = 0; answer.status === 429 && tries < 5; tries++) {
      const seconds = Number(answer.headers.get("retry-after"));
      expect(seconds).toBeLessThanOrEqual(16);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      answer = await logIn(target, PASSWORD, "198.51.100.7");
    }
    expect(answer.status).toBe(200);
    await context.close();
  }, 60_000);
});

/** As written: `fetch` would tidy the path up. */
async function getRaw(pathname: string): Promise<{ status: number; type: string; body: string }> {
  const { hostname, port } = new URL(broker.url);
  return await new Promise((resolve, reject) => {
    http
      .get({ hostname, port, path: pathname, headers: { accept: "text/html,*/*" } }, (response) => {
        let body = "";
        response.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", body }),
        );
      })
      .on("error", reject);
  });
}

test.each([
  ...["/assets/../../package.json", "/assets/..%2f..%2fvite.config.ts", "/assets/%2e%2e/%2e%2e/vite.config.ts"],
  ...["/..%5c..%5cvite.config.ts", "/assets/..\\..\\vite.config.ts", "/assets/....//....//vite.config.ts"],
  ...["/assets//etc/passwd", "//etc/passwd", "/assets/%2fetc/passwd", "/assets/%00/../../vite.config.ts"],
  ...["/theme.js%00.html", "/assets/%c0%ae%c0%ae/%c0%ae%c0%ae/vite.config.ts", "/assets/%252e%252e%252fvite.config.ts"],
  ...["/assets/.", "/assets/", "/assets", "/index.html.br", "/.vite/manifest.json", "/.env", "/../../../etc/passwd"],
  ...["/assets/..;/..;/vite.config.ts", "/theme.js/../../vite.config.ts", "/assets/../index.html.gz"],
])("the path %s leads to no file outside, and to no list of files", async (pathname) => {
  const { status, type, body } = await getRaw(pathname);
  expect(body).not.toMatch(/defineConfig|root:|"dependencies"|index-[\w-]+\.(?:css|js)\.gz/);
  expect([200, 400, 404]).toContain(status);
  // Whatever is answered with 200 is the page itself.
  if (status === 200) expect([type, body.includes('id="root"')]).toEqual(["text/html; charset=utf-8", true]);
});
