import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import type { Browser, BrowserContext, Page, Request } from "playwright-core";
import { expect } from "vitest";

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

/**
 * Serious and critical violations of WCAG 2.2 A and AA, in words. Another theme only has other colours: of a page that
 * was checked before, `"colours"` is enough. Of a page with an open dialog the dialog is checked, which one can use.
 */
export async function axeViolations(page: Page, rules: "all" | "colours" = "all"): Promise<string[]> {
  // The legacy mode spares a second page each time, which is for frames, and there are none.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  if ((await page.locator("dialog[open]").count()) > 0) axe.include("dialog[open]");
  if (rules === "colours") axe.withRules(["color-contrast", "link-in-text-block"]);
  else axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]);
  const { violations } = await axe.analyze();
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
}

/** Wider than the window: the page would scroll sideways. */
export async function overflowsSideways(page: Page): Promise<boolean> {
  return await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1");
}

/** Everybody can use it, in this window. */
export async function expectInOrder(page: Page, what: string): Promise<void> {
  expect(await axeViolations(page), what).toEqual([]);
  expect(await overflowsSideways(page), what).toBe(false);
}

const LOADING = '[role="status"][aria-label^="Loading"], [aria-busy="true"]';
const TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(undefined))))";

/** Says when a page is at rest: every answer is there, and shown. Has to watch from the page's first request on. */
export function watchLoading(page: Page): { settled: () => Promise<void> } {
  const open = new Set<Request>();
  // A stream of events has no end.
  page.on("request", (request) => request.resourceType() !== "eventsource" && open.add(request));
  page.on("requestfinished", (request) => open.delete(request));
  page.on("requestfailed", (request) => open.delete(request));
  return {
    async settled() {
      for (;;) {
        await page.locator("h1").first().waitFor();
        await page.locator(LOADING).first().waitFor({ state: "hidden" });
        await page.evaluate(TWO_FRAMES);
        if (open.size === 0 && (await page.locator(LOADING).count()) === 0) return;
      }
    },
  };
}

/** Sums up how far what is on a page jumps, from its first paint on (Cumulative Layout Shift, without mercy for input). */
export async function measureLayoutShift(page: Page): Promise<{ sum(): Promise<number> }> {
  await page.addInitScript(`window.layoutShift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) window.layoutShift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });`);
  return {
    async sum() {
      await page.evaluate(TWO_FRAMES);
      return Number(await page.evaluate("window.layoutShift"));
    },
  };
}
