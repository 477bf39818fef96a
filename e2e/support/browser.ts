import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";

/** Chromium speaks to nobody but the pages it is shown. */
const ARGUMENTS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
  ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
];

export async function openBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: EXECUTABLE, args: ARGUMENTS });
}

export interface View {
  theme: "light" | "dark";
  width: 1440 | 390;
}

/** How every page has to look right. */
export const VIEWS: readonly View[] = [
  { theme: "light", width: 1440 },
  { theme: "dark", width: 1440 },
  { theme: "light", width: 390 },
  { theme: "dark", width: 390 },
];

export async function openContext(browser: Browser, { theme, width }: View, baseURL: string): Promise<BrowserContext> {
  const phone = width === 390;
  return await browser.newContext({
    baseURL,
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: phone ? { width, height: 844 } : { width, height: 900 },
    ...(phone ? { hasTouch: true, isMobile: true } : {}),
  });
}

/** Collects what a page must never have: errors in its console, uncaught exceptions, requests to somebody else. */
export function watchPage(page: Page): { problems: string[] } {
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => problems.push(`exception: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    const isOwn =
      ["127.0.0.1", "localhost"].includes(url.hostname) || url.protocol === "data:" || url.protocol === "blob:";
    if (!isOwn) problems.push(`request to ${request.url()}`);
  });
  return { problems };
}

/** Serious and critical violations of WCAG 2.2 A and AA, in words. */
export async function axeViolations(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
}

/** Wider than the window: the page would scroll sideways. */
export async function overflowsSideways(page: Page): Promise<boolean> {
  return await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1");
}
