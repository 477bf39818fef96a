/** `node script/screenshots.ts`: draws the pictures in docs/images anew, of a broker with some weeks of a shop's life. */
import { execFile } from "node:child_process";
import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import type { BrowserContext, Page } from "playwright-core";
import { startBroker } from "../e2e/support/broker-process.ts";
import { openBrowser, openContext } from "../e2e/support/browser.ts";
import { startGitHttpServer } from "../e2e/support/git-http-server.ts";
import { fillWithBusiness } from "../e2e/support/sample-business.ts";
import { fillWithCare } from "../e2e/support/sample-care.ts";
import type { SampleCare } from "../e2e/support/sample-care.ts";
import { packageFiles } from "../e2e/support/sample-package.ts";
import { buildSampleVendors } from "../e2e/support/sample-vendors.ts";
import { makeTemporaryDirectory } from "../e2e/support/temporary-directory.ts";

const IMAGES = fileURLToPath(new URL("../docs/images/", import.meta.url));
/** What the pictures show in the place of loopback addresses. */
const PUBLIC_URL = "https://packages.acme.example";
const GIT_URL = "https://git.acme.example";
const EMAIL = "olivia@acme.example";
const PASSWORD = "correct horse battery staple";
const BYTES_MAX = 120_000;
const DARK = ["overview", "customer", "package"];

await promisify(execFile)(fileURLToPath(new URL("build-dashboard", import.meta.url)), ["--if-stale"]);
await mkdir(IMAGES, { recursive: true });
await using directory = await makeTemporaryDirectory("screenshots");
const vendors = await buildSampleVendors(directory.path);
await releaseWithReadme();
await using git = await startGitHttpServer({ root: vendors.root });
await using broker = await startBroker({ PUBLIC_URL });
const browser = await openBrowser();
try {
  const context = await openAtPublicUrl();
  const page = await context.newPage();
  await drawSetUp(page);
  await using care = await fill();
  for (const theme of ["light", "dark"] as const) await drawAll(page, theme, care);
} finally {
  await browser.close();
}

/** A readme as vendors write them: the samples' own say next to nothing. */
async function releaseWithReadme(): Promise<void> {
  const { repository, plan } = vendors.package("acme/checkout");
  const readme = `# Acme Checkout

A one-page checkout for your shop, with address completion, gift cards and express payments.

## Features

- **One page** from the cart to the thank-you, without a reload
- Address completion in 38 countries
- Works with \`acme/core\` 2.0 and later

## Installation

\`\`\`
composer require acme/checkout
bin/console acme:checkout:install
\`\`\`

| Shop version | PHP | Supported until |
| --- | --- | --- |
| 6.6 | 8.3 | December 2027 |
| 6.5 | 8.1 | June 2026 |
`;
  repository.branch("main");
  repository.commit({ ...packageFiles(plan, "2.0.0"), "README.md": readme }, { message: "Release 2.0.0" });
  repository.tag("2.0.0");
  await repository.write();
}

/** A browser for which the broker is where its public URL says. */
async function openAtPublicUrl(): Promise<BrowserContext> {
  const context = await openContext(browser, { theme: "light", width: 1440 }, PUBLIC_URL);
  await context.route(`${PUBLIC_URL}/**`, async (route) => {
    // A stream of events never ends, and would be waited for.
    if (route.request().url().endsWith("/progress")) await route.abort();
    else await route.fulfill({ response: await route.fetch({ url: toBroker(route.request().url()) }) });
  });
  return context;
}

function toBroker(url: string): string {
  return url.replace(PUBLIC_URL, broker.url);
}

async function draw(page: Page, name: string): Promise<void> {
  await page.waitForLoadState("networkidle");
  const file = path.join(IMAGES, `${name}.jpg`);
  let size = Infinity;
  for (let quality = 80; size > BYTES_MAX && quality >= 50; quality -= 5) {
    await page.screenshot({ path: file, type: "jpeg", quality, animations: "disabled" });
    ({ size } = await stat(file));
  }
  process.stdout.write(`${path.relative(process.cwd(), file)} ${Math.round(size / 1000)} kB\n`);
}

/** The first run, up to a source whose connection was tested. */
async function drawSetUp(page: Page): Promise<void> {
  const link = /https?:\S+\/setup#\S+/.exec(broker.log())?.[0] ?? "";
  await page.goto(link.replace(broker.url, PUBLIC_URL));
  await page.getByLabel("E-mail address").fill(EMAIL);
  await page.getByLabel("Your name").fill("Olivia Meyer");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.getByLabel("URL of the git repository").fill(`${git.url}/acme/core.git`);
  await page.getByRole("button", { name: "Test connection" }).click();
  await page.getByText(/It works/).waitFor();
  await page.getByLabel("URL of the git repository").evaluate(blur);
  await page.setViewportSize({ width: 1440, height: 1400 });
  await page.keyboard.press("Home");
  await draw(page, "setup-light");
  await page.setViewportSize({ width: 1440, height: 900 });
}

function blur(element: { blur: () => void }): void {
  element.blur();
}

async function fill(): Promise<SampleCare> {
  for (const { plan } of [...vendors.acme, ...vendors.globex]) {
    const vendor = plan.name.split("/")[0] ?? "";
    await broker.cliOrFail(["source", "add", "--url", `${git.url}/${plan.name}.git`, "--filter", `${vendor}/*`]);
  }
  await broker.cliOrFail(["source", "sync", "--all"]);
  const created = await broker.cliOrFail([
    ...["management-token", "create", "--name", "Web shop", "--scopes", "tokens:write,tokens:read,customers:read"],
    ...["--prefix", "acme/", "--prefix", "globex/"],
  ]);
  const managementToken = /pbm_\w+/.exec(created)?.[0] ?? "";
  await fillWithBusiness({ url: broker.url, dataDir: broker.dataDir, managementToken, sales: 140 });
  const db = new Database(path.join(broker.dataDir, "package-broker.db"), { timeout: 10_000 });
  db.prepare("update sources set url = replace(url, ?, ?)").run(git.url, GIT_URL);
  const care = await fillWithSupport();
  db.prepare("update webhooks set url = 'https://crm.acme.example/hooks/package-broker'").run();
  db.close();
  return care;
}

/** As the shop does it, with a management token that may do more than sell. */
async function fillWithSupport(): Promise<SampleCare> {
  const scopes = "tokens:write,grants:write,webhooks:write,webhooks:read";
  const created = await broker.cliOrFail(["management-token", "create", "--name", "Web shop", "--scopes", scopes]);
  const managementToken = /pbm_\w+/.exec(created)?.[0] ?? "";
  return await fillWithCare((method, address, body) => broker.api(method, address, managementToken, body));
}

async function drawAll(page: Page, theme: "light" | "dark", care: SampleCare): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  for (const [name, address] of Object.entries({ ...(await addresses(page)), ...addressesOfSupport(care) })) {
    if (theme === "dark" && !DARK.includes(name)) continue;
    await page.goto(address);
    await draw(page, `${name}-${theme}`);
  }
}

/** One that lapsed has the most to see: what is in the way, and the button that helps. */
function addressesOfSupport(care: SampleCare): Record<string, string> {
  return {
    bought: "/customers/default/2000",
    explain: "/explain?shop=default&customer=2000&package=acme%2Ftheme",
    webhook: `/settings/webhooks/${care.webhook}`,
  };
}

interface SoldToken {
  id: string;
  created_at: number;
  last_used_at: number | null;
  expires_at: number | null;
  metadata: Record<string, unknown>;
}

/** The pages to show, of those customers and tokens that there is most to see of. */
async function addresses(page: Page): Promise<Record<string, string>> {
  await page.goto("/");
  const found = await page.evaluate(async () => {
    const read = async (address: string) => await (await fetch(address)).json();
    return {
      customers: await read("/api/customers?limit=100"),
      tokens: await read("/api/tokens?status=active&limit=100"),
      sources: await read("/api/sources"),
    };
  });
  const customers = found.customers as { customer_id: string; shop: string; tokens: { active: number } }[];
  const customer = customers.toSorted((a, b) => b.tokens.active - a.tokens.active)[0];
  const tokens = found.tokens as SoldToken[];
  const token = tokens
    .filter((one) => one.last_used_at !== null && one.expires_at !== null && one.metadata["customer_id"] !== undefined)
    .toSorted((a, b) => a.created_at - b.created_at)[0];
  const source = (found.sources as { id: string; name: string }[]).find(({ name }) => name === "acme/checkout");
  return {
    overview: "/",
    customers: "/customers",
    customer: `/customers/${customer?.shop ?? ""}/${customer?.customer_id ?? ""}`,
    token: `/tokens/${token?.id ?? ""}`,
    source: `/sources/${source?.id ?? ""}`,
    package: "/packages/acme/checkout",
    "audit-log": "/audit-log",
    install: "/install",
  };
}
